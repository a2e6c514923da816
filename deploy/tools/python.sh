#!/usr/bin/env bash
# Fill .venv from one lock file, every package checked against its hash, and put ourselves in it.
# Usage: deploy/tools/python.sh LOCKFILE STAMP      (from the top of the repository)
set -euo pipefail
lock=$1 stamp=$2

python=$(command -v python3.11 || command -v python3 || true)
if ! "${python:-false}" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "fristvagt: Python 3.11 or later is needed: apt-get install python3.11 python3.11-venv" >&2
  exit 1
fi
if ! [ -x .venv/bin/pip ] && ! "$python" -m venv .venv; then
  echo "fristvagt: no virtual environment could be made: apt-get install python3.11-venv" >&2
  exit 1
fi

# The lock file names everything, so pip resolves nothing: an old pip asks for the newest `coverage[toml]` of the index,
# pinned or not, and then misses its hash. `check` says what a lock file would have forgotten.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$lock"
# The build backend is in the lock file, so this asks nothing of the network.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
.venv/bin/python -m pip check --disable-pip-version-check
touch "$stamp"
