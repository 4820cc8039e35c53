"""nginx from a template of ours, on loopback: for the bench and the production test."""

import os
import re
import shutil
from pathlib import Path

PROGRAM = (
    shutil.which("nginx") or "/usr/sbin/nginx"
)  # Debian keeps it off a user's PATH


def command(template: Path, run: Path, port: int, values: dict[str, str]) -> list[str]:
    """Write run/nginx.conf, listening on port, and give the command that serves it.

    As nginx's envsubst: only `${AMI_…}` names that are given are replaced.
    """
    known = values | {
        "AMI_LISTEN": f"127.0.0.1:{port}",
        "AMI_NGINX_RUN": str(run),
        "AMI_NGINX_MIME": "/etc/nginx/mime.types",
    }
    text = re.sub(
        r"\$\{(AMI_\w+)\}",
        lambda found: known.get(found[1], found[0]),
        template.read_text(encoding="utf-8"),
    )
    # started by root, its workers must reach the folder they write to
    user = "user root;\n" if os.geteuid() == 0 else ""
    (run / "nginx.conf").write_text(user + text, encoding="utf-8")
    return [PROGRAM, "-c", str(run / "nginx.conf"), "-g", "daemon off;"]
