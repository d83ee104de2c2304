#!/usr/bin/env bash
# The Debian package from its building to its purging, on a copy of this machine that forgets everything:
# a file system laid over the real one, in a mount namespace of its own. Needs root, dpkg, overlayfs,
# curl and python3; ends with code 77 where the machine does not allow it.
#
#   sudo tests/package.sh                 a release build, which takes minutes
#   sudo PROFILE=dev tests/package.sh     a debug build
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" != inside ]; then
    [ "$(id -u)" = 0 ] || { echo "package.sh needs root for its namespace" >&2; exit 77; }
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' EXIT
    echo "· building two versions"
    first="$(packaging/build-deb.sh "$work/packages")"
    second="$(VERSION=99.0.0 packaging/build-deb.sh "$work/packages")"
    unshare --mount --propagation private "$0" inside "$work" "$first" "$second"
    exit
fi

work="$2" first="$3" second="$4"
fail() { echo "package.sh: $*" >&2; exit 1; }
server=
trap '[ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true' EXIT
mkdir "$work/layer"
mount -t tmpfs tmpfs "$work/layer" || exit 77
mkdir "$work/layer/upper" "$work/layer/work" "$work/layer/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/layer/upper,workdir=$work/layer/work" \
    "$work/layer/root" || { echo "this machine cannot lay one file system over another" >&2; exit 77; }
root="$work/layer/root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
# No systemd answers there: scripts of packages start nothing.
mkdir -p "$root/run" && mount -t tmpfs tmpfs "$root/run"
mkdir -p "$root/packages"
cp "$first" "$root/packages/first.deb"
cp "$second" "$root/packages/second.deb"
in_root() { chroot "$root" "$@"; }
as_server() { in_root setpriv --reuid kassette --regid kassette --init-groups "$@"; }
owned() { in_root stat -c '%U %a' "$1"; }
install_deb() { in_root dpkg --install "$1" > "$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log" >&2; fail "dpkg"; }; }

echo "· installing"
install_deb /packages/first.deb
for folder in /etc/kassette /var/lib/kassette /var/backups/kassette; do
    [ "$(owned "$folder")" = "kassette 750" ] || fail "$folder is $(owned "$folder")"
done
in_root id -nG kassette | grep -qw dialout || fail "the user may not open serial ports"
grep -q /setup "$work/dpkg.log" || fail "nobody says how to begin"
if in_root test -e /etc/kassette/kassette.toml; then fail "a configuration came along"; fi
if command -v systemd-analyze >/dev/null; then
    in_root systemd-analyze verify /usr/lib/systemd/system/kassette.service || fail "the unit is wrong"
fi

port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
serve() {
    # Each becomes the next, so that this is the server's own process.
    chroot "$root" setpriv --reuid kassette --regid kassette --init-groups \
        kassette serve --config /etc/kassette/kassette.toml \
        --setup-listen "127.0.0.1:$port" > "$work/serve.log" 2>&1 &
    server=$!
    for _ in $(seq 600); do
        if curl -s -o /dev/null "http://127.0.0.1:$port/"; then return; fi
        kill -0 "$server" 2>/dev/null || { cat "$work/serve.log" >&2; fail "it has ended"; }
        sleep 0.1
    done
    cat "$work/serve.log" >&2
    fail "it does not answer"
}
stop() {
    kill -TERM "$server"
    wait "$server" || fail "it has not ended well"
    server=
}

echo "· serving as its user"
serve
grep -q "the code is" "$work/serve.log" || fail "no code for the first administrator"
stop
in_root test -s /var/lib/kassette/kassette.db || fail "there is no journal"
[ "$(in_root stat -c %U /var/lib/kassette/kassette.db)" = kassette ] || fail "whose journal is it?"
in_root sh -c "sed -e 's#^listen = .*#listen = \"127.0.0.1:$port\"#' /usr/share/kassette/kassette.toml \
    > /etc/kassette/kassette.toml"
in_root sh -c 'echo KASSETTE_LOG=debug > /etc/default/kassette'
before="$(in_root sha256sum /etc/kassette/kassette.toml /etc/default/kassette)"

echo "· upgrading"
serve
stop
install_deb /packages/second.deb
[ "$(in_root dpkg-query -f '${Version}' -W kassette)" = 99.0.0 ] || fail "it is not the new one"
[ "$(in_root sha256sum /etc/kassette/kassette.toml /etc/default/kassette)" = "$before" ] \
    || fail "the upgrade has changed what the administrator wrote"
serve
as_server kassette check --config /etc/kassette/kassette.toml | grep -q "all is well" || fail "check"
as_server kassette backup --to /var/backups/kassette --config /etc/kassette/kassette.toml > /dev/null \
    || fail "backup"
stop
journal="$(in_root sha256sum /var/lib/kassette/kassette.db)"

echo "· removing and purging"
in_root dpkg --remove kassette > /dev/null
if in_root test -e /usr/bin/kassette; then fail "the program is still there"; fi
in_root dpkg --purge kassette > "$work/purge.log"
[ "$(in_root sha256sum /var/lib/kassette/kassette.db)" = "$journal" ] || fail "the journal is gone"
in_root test -s /var/lib/kassette/kassette.toml.purged || fail "the configuration is lost"
ls "$root"/var/backups/kassette/*.db > /dev/null || fail "the copies are gone"
for left in /etc/default/kassette /etc/kassette /usr/lib/systemd/system/kassette.service; do
    if in_root test -e "$left"; then fail "$left is left"; fi
done
grep -q "five years" "$work/purge.log" || fail "nobody says that the journal stays"
echo "package.sh: all is well"
