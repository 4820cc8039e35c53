"""make run: the demo school on this computer, until Ctrl-C."""

import fcntl
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import IO

from compose.local import servers
from compose.local.school import ROOT, School, wait_for

WELCOME = """
  AMI is running: {url}

  Sign in with            password: ami-demo-2026
    ana@example.com       a student with a subscription
    luis@example.com      a student without one
    eva@example.com       an editor      → {url}/admin/
    olga@example.com      the owner      → {url}/admin/

  Card for a test payment: 4242 4242 4242 4242   ·   mail lands in {mail}
  Logs: {logs}   ·   Ctrl-C stops everything
"""
PAGES = ["/es/", "/en/", "/es/cursos/", "/en/courses/", "/es/search/", "/healthz/ready",
         "/es/accounts/login/", "/en/accounts/signup/", "/sitemap.xml", "/robots.txt"]  # fmt: skip


def say(text: str) -> None:
    print(f"· {text}", flush=True)


def choose_port() -> int:
    wanted = int(os.environ.get("PORT", "8000"))
    port = servers.free_port(wanted)
    if port != wanted:
        say(f"port {wanted} is busy, using {port}")
    return port


def only_one(folder: Path) -> IO[str]:
    """Two schools cannot share one folder: the lock lasts as long as the file is open."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        raise SystemExit(
            f"AMI is already running here: {lock.read().strip()}"
        ) from None
    return lock


def stop_on_signal(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(*, check: bool) -> int:
    started = time.monotonic()
    signal.signal(signal.SIGTERM, stop_on_signal)
    lock = only_one(ROOT / "var")
    school = School(ROOT / "var", choose_port(), say, reload=not check)
    lock.truncate(0)
    lock.write(school.url)
    lock.flush()
    try:
        say("starting the database and the queue …")
        school.start()
        school.prepare()
        say("starting the site …")
        school.serve()
        school.after_start()
        print(
            WELCOME.format(url=school.url, mail=Path("var/mail"), logs=Path("var/log")),
            flush=True,
        )
        say(f"ready after {time.monotonic() - started:.0f} s")
        return smoke(school) if check else watch(school)
    except KeyboardInterrupt:
        return 0
    finally:
        say("stopping …")
        school.stop()


def watch(school: School) -> int:
    while True:
        dead = school.dead()
        if dead:
            say(f"{dead} ended by itself: see var/log")
            return 1
        time.sleep(1)


def smoke(school: School) -> int:
    """Fetch the main pages once; 0 when every one answers."""
    for page in PAGES:
        wait_for(school.url + page, seconds=20)
        say(f"ok {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
