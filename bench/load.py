"""Load over HTTP from one core: wrk when it is on PATH, else an own keep-alive client.

The own client is this file run as a program: N connections, one request under way on
each, answers recognised by their length. It is a separate process, so that its work is
never taken for the server's.
"""

import argparse
import json
import re
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bench import measure

CONNECTIONS = 16
DRAIN_SECONDS = 10.0
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Target:
    """What is asked for; roots are the process trees whose CPU it costs.

    watched: process trees whose CPU is also noted by itself, as facts["watched_cpu"].
    body: a form to POST in place of a GET (always by the own client).
    """

    url: str
    roots: tuple[int, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    connections: int = CONNECTIONS
    watched: tuple[int, ...] = ()
    body: str = ""


def run(target: Target, *, seconds: float, core: int) -> measure.Sample:
    """Load the target for so long and say how fast it answered, at what CPU cost."""
    command = (
        _wrk(target, seconds)
        if shutil.which("wrk") and not target.body
        else _own(target, seconds)
    )
    before = measure.cpu_seconds(target.roots)
    watched = measure.cpu_seconds(target.watched)
    client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    measure.pin(client.pid, core)
    output, _ = client.communicate()
    spent = measure.cpu_seconds(target.roots) - before
    watched = measure.cpu_seconds(target.watched) - watched
    if client.returncode != 0:
        raise RuntimeError(f"the load generator failed on {target.url}")
    answer = _from_wrk(output) if command[0] == "wrk" else json.loads(output)
    done = answer["requests"]
    if not done:
        raise RuntimeError(f"no answer at all from {target.url}")
    return measure.Sample(
        rate=done / answer["seconds"],
        cpu=spent / done * 1e6,
        p95_ms=answer["p95_ms"],
        errors=answer["errors"],
        client_share=answer.get("client_cpu", 0.0) / answer["seconds"],
        facts={"watched_cpu": watched / done * 1e6},
    )


def _headers(target: Target) -> list[str]:
    return [f"{name}: {value}" for name, value in target.headers.items()]


def _wrk(target: Target, seconds: float) -> list[str]:
    headers = [part for header in _headers(target) for part in ("-H", header)]
    return [
        "wrk", "-t1", f"-c{target.connections}", f"-d{max(1, round(seconds))}s",
        "--latency", *headers, target.url,
    ]  # fmt: skip


def _from_wrk(text: str) -> dict[str, float]:
    """wrk names no p95: its p99 stands in, which flatters nobody."""
    found = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)", text)
    late = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", text)
    if found is None:
        raise RuntimeError("wrk's answer was not understood")
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return {
        "requests": int(found[1]),
        "seconds": float(found[2]) * UNITS[found[3]] / 1000,
        "errors": int(errors[1]) if errors else 0,
        "p95_ms": float(late[1]) * UNITS[late[2]] if late else 0.0,
    }


def _own(target: Target, seconds: float) -> list[str]:
    headers = [part for header in _headers(target) for part in ("--header", header)]
    return [
        sys.executable, "-m", "bench.load", target.url, "--seconds", str(seconds),
        "--connections", str(target.connections), "--body", target.body, *headers,
    ]  # fmt: skip


class Connection:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, address: tuple[str, int], request: bytes) -> None:
        self.address, self.request = address, request
        self.socket = self._connect()
        self.begun, self.buffer, self.wanted, self.good = 0.0, b"", 0, False

    def _connect(self) -> socket.socket:
        opened = socket.create_connection(self.address, 10)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened

    def ask(self) -> None:
        self.begun, self.buffer, self.wanted = time.perf_counter(), b"", 0
        self.socket.sendall(self.request)

    def reopen(self) -> None:
        self.socket.close()
        self.socket = self._connect()

    def read(self) -> bool | None:
        """None while more is to come; then whether the answer was a 200."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError
        self.buffer = self.buffer + part if self.buffer else part
        if not self.wanted:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return None
            self.good = self.buffer.startswith(b"HTTP/1.1 200")
            length = LENGTH.search(self.buffer, 0, end + 2)
            self.wanted = end + 4 + int(length[1]) if length else -1
        if self.wanted < 0:
            return self.good if self.buffer.endswith(b"\r\n0\r\n\r\n") else None
        return self.good if len(self.buffer) >= self.wanted else None


class Run:
    """N connections against one URL for so many seconds."""

    def __init__(
        self, url: str, connections: int, headers: Iterable[str], body: str = ""
    ) -> None:
        parts = urlsplit(url)
        verb = "POST" if body else "GET"
        lines = [
            f"{verb} {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1"
        ]
        named = [header.lower() for header in headers]
        if not any(name.startswith("host:") for name in named):
            lines.append(f"Host: {parts.netloc}")
        if body:
            lines.append("Content-Type: application/x-www-form-urlencoded")
            lines.append(f"Content-Length: {len(body)}")
        request = "\r\n".join([*lines, *headers, "", body]).encode()
        address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.connections = [Connection(address, request) for _ in range(connections)]
        self.poll = select.epoll()
        self.by_number: dict[int, Connection] = {}
        self.times: list[float] = []
        self.errors, self.end, self.under_way = 0, 0.0, 0

    def _start(self, connection: Connection) -> None:
        number = connection.socket.fileno()
        self.by_number[number] = connection
        self.poll.register(number, select.EPOLLIN)
        connection.ask()

    def _again(self, connection: Connection) -> None:
        """Open another connection; an error unless the server closed between answers."""
        self.errors += bool(connection.buffer)
        number = connection.socket.fileno()
        self.poll.unregister(number)
        del self.by_number[number]
        connection.reopen()
        self._start(connection)

    def _one(self, connection: Connection) -> None:
        try:
            good = connection.read()
            if good is None:
                return
            self.times.append(time.perf_counter() - connection.begun)
            self.errors += not good
            if time.perf_counter() < self.end:
                connection.ask()
            else:
                self.under_way -= 1
        except OSError:
            self._again(connection)

    def go(self, seconds: float) -> dict[str, float]:
        started, cpu = time.perf_counter(), time.process_time()
        self.end, self.under_way = started + seconds, len(self.connections)
        for connection in self.connections:
            self._start(connection)
        # what is under way at the end is waited for: its CPU was spent, so it counts
        while self.under_way and time.perf_counter() < self.end + DRAIN_SECONDS:
            for number, _ in self.poll.poll(0.5):
                self._one(self.by_number[number])
        wall = time.perf_counter() - started
        times = sorted(self.times)
        return {
            "requests": len(times),
            "errors": self.errors,
            "seconds": wall,
            "p95_ms": times[int(len(times) * 0.95)] * 1000 if times else 0.0,
            "client_cpu": time.process_time() - cpu,
        }


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.load", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--body", default="")
    options = parser.parse_args()
    run_ = Run(options.url, options.connections, options.header, options.body)
    print(json.dumps(run_.go(options.seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
