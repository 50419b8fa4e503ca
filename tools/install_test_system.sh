#!/bin/sh
# Installs the system packages the tests need, if they are missing: Chromium for pages, poppler for PDF pages,
# openssl for benchmarks, and a Python 3.12+ interpreter for the independent log implementation.
# Exits 0 when everything is there, 1 with the list of what is missing where it cannot be installed.
set -u
missing=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || missing="$missing chromium"
command -v pdftoppm >/dev/null 2>&1 || missing="$missing poppler-utils"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
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
