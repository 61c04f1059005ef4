#!/bin/sh
# Writes the lock files anew after a change in pyproject.toml or a package.json; needs uv and npm.
#   tools/update-locks.sh              keeps every version that still fits
#   tools/update-locks.sh --upgrade    takes the newest that fit (Python)
# The locks hold versions and checksums and never where packages come from, so any mirror serves.
set -eu
cd "$(dirname "$0")/.."
uv lock "$@"
export_lock() {
    out=$1
    shift
    uv export -q --frozen --no-emit-project --no-header --no-annotate "$@" -o "$out" >/dev/null
}
export_lock requirements.lock
export_lock requirements-test.lock --group test
export_lock requirements-node.lock --only-group node
for folder in . tools/rootless-chromium; do
    (
        cd "$folder"
        npm install --package-lock-only --ignore-scripts
        python3 - <<'PYTHON'
import json, pathlib

file = pathlib.Path("package-lock.json")
lock = json.loads(file.read_text(encoding="utf-8"))
for package in lock["packages"].values():
    package.pop("funding", None)  # addresses that nobody needs here
    package.pop("resolved", None)
file.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
PYTHON
    )
done
