#!/bin/sh
# Installs the system packages the tests need, if they are missing: Chromium for pages, poppler for PDF pages,
# openssl for benchmarks and time-stamps, PostgreSQL (its programs; no service is used), exiftool, strace for fault
# campaigns, a JDK for the phone from outside (tests/forms/client), Gnumeric as somebody else's spreadsheet program, and a
# Python 3.12+ interpreter for the independent log implementation.
# Exits 0 when everything is there, 1 with the list of what is missing where it cannot be installed.
set -u

# The independent log implementation (tests/journal/test_oracle.py) needs Python 3.12 or newer, wherever it is.
# No package of the Python registry holds an interpreter, so only the system's own packages are tried.
newer_python() {
  for candidate in python3.12 python3.13 python3.14 python3.15 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python; do
    "$candidate" -c 'import ssl, sys, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 && return 0
  done
  return 1
}

want_newer_python() {
  newer_python && return 0
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    for version in 3.14 3.13 3.12; do
      apt-cache show "python$version-venv" >/dev/null 2>&1 || continue
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "python$version-venv" && return 0
    done
  fi
  echo "embers tests: no Python 3.12 or newer was found. tests/journal/test_oracle.py will fail until there is one;"
  echo "embers tests: install it, for example with:  pyenv install 3.12"
}

missing=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || missing="$missing chromium"
command -v pdftoppm >/dev/null 2>&1 || missing="$missing poppler-utils"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v exiftool >/dev/null 2>&1 || missing="$missing libimage-exiftool-perl"
command -v strace >/dev/null 2>&1 || missing="$missing strace"
command -v javac >/dev/null 2>&1 || missing="$missing default-jdk-headless"
command -v ssconvert >/dev/null 2>&1 || missing="$missing gnumeric"
want_newer_python
[ -z "$missing" ] && exit 0
echo "embers tests: missing system packages:$missing"
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing && exit 0
fi
if command -v apt-get >/dev/null 2>&1; then
  echo "embers tests: install them with:  sudo apt-get install$missing"
else
  echo "embers tests: install the equivalents of these Debian packages with your system's package manager."
fi
exit 1
