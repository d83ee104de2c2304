#!/usr/bin/env bash
# Installs what the browser tests drive: Chromium and its driver, from Debian's packages. Does
# nothing when both are there.
set -euo pipefail

have() { command -v "$1" > /dev/null; }
have_browser() { have chromium || have chromium-browser || have google-chrome; }

if have_browser && have chromedriver; then
  exit 0
fi

by_hand() {
  echo "$1" >&2
  echo "The tests in tests/browser need chromium (or google-chrome) and a chromedriver of the same" >&2
  echo "version in PATH. $2" >&2
  exit 1
}

if ! have apt-get; then
  by_hand "This system has no apt-get." "Install them by its own package manager."
fi
if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif have sudo && sudo -n true 2> /dev/null; then
  as_root=(sudo -n)
else
  by_hand "Packages are installed by root." "As root: apt-get install chromium chromium-driver"
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update --quiet
"${as_root[@]}" apt-get install --yes --no-install-recommends chromium chromium-driver fonts-dejavu-core
have_browser && have chromedriver || by_hand \
  "The packages are installed, and yet chromium or chromedriver is not in PATH." \
  "On Ubuntu they are snaps: snap install chromium"
