"""The school in its production form: nginx, gunicorn, PostgreSQL, Redis, real settings.

nginx listens on loopback and is told that the outside speaks https, as behind a load
balancer that ends TLS.
"""

import contextlib
import http.client
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from compose.local import nginx, servers
from compose.local.school import wait_for
from config.tests.conftest import free_port

pytestmark = pytest.mark.timeout(300)

ROOT = Path(settings.BASE_DIR)
HOST = "school.example.com"
SECRET = "p" * 30 + "q7-Zx_81" * 4


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of nginx in front of the application."""
    folder = tmp_path_factory.mktemp("production")
    name = f"ami_production_{uuid.uuid4().hex[:8]}"
    with contextlib.ExitStack() as stack:
        maintenance = stack.enter_context(
            psycopg.connect(settings.DATABASE_URL, autocommit=True)
        )
        template = os.environ["AMI_TEST_TEMPLATE"]
        maintenance.execute(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        stack.callback(maintenance.execute, f"DROP DATABASE {name} WITH (FORCE)")
        redis = servers.valkey(folder / "redis")
        stack.callback(redis.stop)
        app, port = free_port(30), free_port(40)
        environment = production(folder, redis.url, name, app)
        manage(environment, "setup_groups")
        manage(environment, "collectstatic", "--noinput", "-v", "0")
        for command in (gunicorn(), front_server(folder, app, port)):
            stack.callback(end, start(command, environment, folder))
        wait_for(f"http://127.0.0.1:{port}/", seconds=60)
        wait_for(f"http://127.0.0.1:{app}/healthz/live", seconds=60)
        yield port


def production(folder: Path, redis: str, database: str, app: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'site'}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "AMI_DEBUG": "off",
        "AMI_BASE_URL": f"https://{HOST}",
        "AMI_SECRET_KEY": SECRET,
        "AMI_VAR_DIR": str(folder),
        "AMI_BIND": f"127.0.0.1:{app}",
        "AMI_WEB_WORKERS": "1",
        "AMI_TRUSTED_PROXIES": "1",
        "DATABASE_URL": settings.DATABASE_URL.rpartition("/")[0] + f"/{database}",
        "REDIS_URL": redis,
        "AMI_MAIL_URL": "smtp+tls://user:secret@mail.example.com:587",
        "HOME": str(folder),
    }


def manage(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True
    )


def gunicorn() -> list[str]:
    return [sys.executable, "-m", "gunicorn", "--config", "compose/gunicorn.conf.py"]


def front_server(folder: Path, app: int, port: int) -> list[str]:
    values = {
        "AMI_APP": f"127.0.0.1:{app}",
        "AMI_HOST": HOST,
        "AMI_STATIC": str(folder / "static"),
        "AMI_MEDIA": str(folder / "media"),
    }
    return nginx.command(ROOT / "compose/nginx.conf.template", folder, port, values)


def start(
    command: list[str], environment: dict[str, str], folder: Path
) -> subprocess.Popen[bytes]:
    with (folder / "server.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env=environment, stdout=log, stderr=log
        )


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=15)


def get(
    port: int, path: str, *, host: str = HOST, scheme: str = "https", **headers: str
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    sent = {"Host": host, "X-Forwarded-Proto": scheme, "Accept-Language": "en"}
    connection.request("GET", path, headers={**sent, **headers})
    return connection.getresponse()


def test_pages_come_through_nginx_with_the_headers_of_a_safe_site(front: int) -> None:
    answer = get(front, "/en/accounts/login/")
    page = answer.read().decode()
    assert answer.status == 200
    assert "csrfmiddlewaretoken" in page
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "max-age=63072000" in answer.headers["Strict-Transport-Security"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-csrftoken=")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie


def test_static_files_come_hashed_from_nginx(front: int) -> None:
    page = get(front, "/en/accounts/login/").read().decode()
    path = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "/static/ami/css/tokens." in path
    answer = get(front, path)
    assert answer.status == 200
    assert "immutable" in ", ".join(answer.headers.get_all("Cache-Control") or [])


def test_visitors_pages_are_answered_by_nginx_for_a_second(front: int) -> None:
    page = "/en/search/"

    def asked(path: str = page, **headers: str) -> str | None:
        answer = get(front, path, **headers)
        assert answer.status == 200
        assert answer.read()
        return answer.headers["X-AMI-Front"]

    assert "HIT" in {asked() for _again in range(6)}
    for cookie in ("__Host-sessionid=x", "theme=dark; messages=x", "sessionid=x"):
        assert asked(Cookie=cookie) == "BYPASS"
    assert asked(**{"HX-Request": "true"}) == "BYPASS"
    assert asked("/en/search/?q=x") != "HIT"
    assert asked("/en/search/?q=x") == "MISS"
    assert {asked("/en/accounts/login/") for _again in range(2)} == {None}
    dark = get(front, page, Cookie="theme=dark").read().decode()
    assert 'data-theme="dark"' in dark
    assert 'data-theme="system"' in get(front, page).read().decode()
    time.sleep(2.1)  # nginx counts whole seconds
    assert asked() in {"REVALIDATED", "EXPIRED"}


def test_plain_http_is_sent_to_https(front: int) -> None:
    answer = get(front, "/en/accounts/login/", scheme="http")
    assert answer.status == 301
    assert answer.headers["Location"] == f"https://{HOST}/en/accounts/login/"


def test_another_host_gets_nothing(front: int) -> None:
    assert get(front, "/", host="evil.example.com").status == 421


@pytest.mark.parametrize(
    "path",
    ["/media/documents/x.pdf", "/media/original_images/x.png", "/api/internal/docs"],
)
def test_files_and_docs_are_not_served_openly(front: int, path: str) -> None:
    assert get(front, path).status in {401, 403, 404}


def test_a_forged_address_does_not_pass_for_a_proxy(front: int) -> None:
    answer = get(
        front,
        "/api/internal/whoami",
        **{"X-API-Key": "nothing", "X-Forwarded-For": "203.0.113.9"},
    )
    assert answer.status == 401
    assert "application/problem+json" in answer.headers["Content-Type"]


def test_ready_tells_the_state_of_database_and_cache(front: int) -> None:
    answer = get(front, "/healthz/ready")
    assert (answer.status, answer.read()) == (200, b'{"database": "ok", "cache": "ok"}')


def test_the_deployment_check_has_no_warning(front: int, tmp_path: Path) -> None:
    environment = production(tmp_path, "redis://127.0.0.1:1/0", "postgres", 1)
    manage(environment, "check", "--deploy", "--fail-level", "WARNING")
