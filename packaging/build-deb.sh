#!/usr/bin/env bash
# Builds the Debian package from [package.metadata.deb] in Cargo.toml, as cargo-deb does from the same
# table, with nothing but cargo, python3 and dpkg-deb. Prints the package's path.
#
#   packaging/build-deb.sh [FOLDER]        into FOLDER; default: target/debian
#
# PROFILE=dev takes a debug build: quick to make, slow to run, for trials. VERSION=… another version
# than Cargo.toml says.
set -euo pipefail
cd "$(dirname "$0")/.."
out="${1:-target/debian}"
profile="${PROFILE:-release}"
mkdir -p "$out"
cargo build --quiet --profile "$profile" --bin kassette >&2
staging="$(mktemp -d)"
trap 'rm -rf "$staging"' EXIT
cargo metadata --format-version 1 --no-deps \
    | PROFILE="$profile" VERSION="${VERSION:-}" ARCH="$(dpkg --print-architecture)" \
        python3 packaging/stage.py "$staging"
name="$out/kassette_$(sed -n 's/^Version: //p' "$staging/DEBIAN/control")_$(dpkg --print-architecture).deb"
# As cargo-deb does: what a debugger wants is left out.
strip --strip-debug "$staging/usr/bin/kassette"
press="-Zxz"
[ "$profile" = dev ] && press="-Zgzip -z1"
# shellcheck disable=SC2086
dpkg-deb $press --root-owner-group --build "$staging" "$name" >&2
echo "$name"
