#!/bin/sh
# The README's second command: makes an environment, installs Embers with its test tools, runs every check.
# Usage: sh tools/test.sh [pytest arguments]
set -eu
cd "$(dirname "$0")/.."
sh tools/install_test_system.sh
python=${PYTHON:-python3}
[ -x .venv-test/bin/python ] || "$python" -m venv .venv-test
.venv-test/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
bin=.venv-test/bin
echo "== ruff"
$bin/ruff check .
$bin/ruff format --check .
echo "== mypy"
$bin/mypy
echo "== layers"
$bin/lint-imports
echo "== tests"
exec $bin/python -m pytest -n 2 --dist loadfile "$@"
