#!/bin/sh
# Finds a Python, keeps .venv in step with the requirements, then does what it is asked:
#   ami.sh setup            the runtime environment
#   ami.sh setup-dev        the same with the developers' tools
#   ami.sh run [--check]    the demo school
#   ami.sh test [ARGS]      every test
set -eu
cd "$(dirname "$0")/../.."
ROOT=$(pwd)
VENV="$ROOT/.venv"

usable() {
    "$1" -c 'import sys, venv, ensurepip, ssl, sqlite3; sys.exit(not (3, 12) <= sys.version_info[:2] < (3, 15))' >/dev/null 2>&1
}

find_python() {
    for candidate in "${AMI_PYTHON:-}" python3.13 python3.12 python3.14 python3 \
        /usr/local/bin/python3.1[234] /usr/bin/python3.1[234] \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[24]*/bin/python3 \
        "$HOME"/.local/share/uv/python/cpython-3.1[234]*/bin/python3 \
        /opt/python*/bin/python3 /opt/python/3.1[234]*/bin/python3; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 && usable "$candidate"; then
            command -v "$candidate"
            return 0
        fi
    done
    if command -v uv >/dev/null 2>&1; then
        uv python install -q 3.13 >&2 2>/dev/null && uv python find 3.13 && return 0
    fi
    cat >&2 <<'END'
AMI needs Python 3.12, 3.13 or 3.14 (with venv); none was found. One of these gets it:
  Debian 13, Ubuntu 24.04:  apt-get install python3 python3-venv
  uv:                       pipx install uv && uv python install 3.13
  pyenv:                    pyenv install 3.13
Or name one: AMI_PYTHON=/path/to/python3 make run
END
    return 2
}

stamp_of() { cat "$@" pyproject.toml worker_client/pyproject.toml 2>/dev/null | cksum | tr ' ' '-'; }

install_files() {
    if command -v uv >/dev/null 2>&1; then
        for file in "$@"; do uv pip install -q --python "$VENV/bin/python" --require-hashes -r "$file"; done
    else
        for file in "$@"; do "$VENV/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$file"; done
    fi
    for package in . worker_client; do
        if [ -f "$package/pyproject.toml" ]; then
            "$VENV/bin/python" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e "$package"
        fi
    done
}

setup() {
    kind=$1; shift
    [ -x "$VENV/bin/python" ] && usable "$VENV/bin/python" || {
        python=$(find_python) || exit 2
        echo "· making .venv with $("$python" -V)"
        rm -rf "$VENV"
        "$python" -m venv "$VENV"
    }
    want=$(stamp_of "$@")
    if [ "$(cat "$VENV/.ami-$kind" 2>/dev/null)" != "$want" ]; then
        echo "· installing what is needed (a minute the first time) …"
        install_files "$@"
        echo "$want" > "$VENV/.ami-$kind"
    fi
}

runtime() { setup runtime requirements.txt; }
developer() { setup developer requirements.txt requirements-dev.txt; }

have_library() { "$VENV/bin/python" -c "import ctypes.util, sys; sys.exit(not ctypes.util.find_library('$1'))"; }

system_packages() {
    missing=""
    have_library pango-1.0 && have_library pangoft2-1.0 || missing="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    if [ "${1:-}" = browser ] && [ -z "${CHROMIUM:-}" ] && ! command -v chromium >/dev/null 2>&1 && ! command -v chromium-browser >/dev/null 2>&1 && ! command -v google-chrome >/dev/null 2>&1; then
        missing="$missing chromium"
    fi
    if [ "${1:-}" = browser ] && ! command -v nginx >/dev/null 2>&1 && [ ! -x /usr/sbin/nginx ]; then
        missing="$missing nginx-light"
    fi
    [ -z "$missing" ] && return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "· installing $missing"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null && return 0
    fi
    echo "Needed and not here:$missing. On Debian or Ubuntu:" >&2
    echo "  sudo apt-get update && sudo apt-get install -y $missing" >&2
    return 2
}

case "${1:-}" in
setup) runtime ;;
setup-dev) developer ;;
run)
    shift
    runtime
    system_packages || { [ -n "${AMI_WITHOUT_PDF:-}" ] || exit 2; }
    exec "$VENV/bin/python" -m compose.local.run "$@"
    ;;
test)
    shift
    developer
    system_packages browser || exit 2
    "$VENV/bin/python" -m compose.local.catalogues
    if [ $# -eq 0 ] && [ -d worker_client/tests ]; then
        (cd worker_client && "$VENV/bin/python" -m pytest -q)
    fi
    exec "$VENV/bin/python" -m pytest -n "${AMI_TEST_PROCESSES:-3}" --dist loadfile "$@"
    ;;
*)
    sed -n '2,6p' "$0"
    exit 2
    ;;
esac
