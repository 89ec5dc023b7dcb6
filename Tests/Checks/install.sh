#!/bin/bash
# make install puts a working Anocir below DESTDIR, which systemd's files fit, and make uninstall takes all of it away.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=$(mktemp -d)
end_supervisor() {
    [ -s "$place/run/supervisor.pid" ] || return 0
    local pid
    pid=$(cat "$place/run/supervisor.pid")
    kill "$pid" 2>/dev/null || return 0
    for _ in {1..100}; do [ -d "/proc/$pid" ] || return 0; sleep 0.1; done
}
trap 'end_supervisor; rm -rf "$place"' EXIT
problem() { echo "$*"; exit 1; }

make --no-print-directory -s install PREFIX=/usr DESTDIR="$place/root" >"$place/log" 2>&1 || { cat "$place/log"; exit 1; }
for file in usr/bin/anocir usr/bin/anocir-runtime usr/bin/anocir-supervisor usr/lib/anocir/anocir-supervisor usr/lib/anocir/HOCON/supervisor.conf \
    usr/share/man/man8/anocir.8 usr/share/man/man8/anocir-supervisor.8 usr/share/bash-completion/completions/anocir \
    usr/share/zsh/site-functions/_anocir usr/share/fish/vendor_completions.d/anocir.fish \
    usr/lib/systemd/system/anocir.service usr/lib/systemd/system/anocir.socket etc/anocir/anocir.conf; do
    [ -s "$place/root/$file" ] || problem "$file was not installed"
done
! grep -rn '@[A-Z]*@' "$place/root/usr/lib/systemd" || problem "a placeholder is left"
! grep -v -e '^#' -e '^ *#' -e '^$' "$place/root/etc/anocir/anocir.conf" || problem "the default configuration says something"

export ANOCIR_RUNTIME_DIR="$place/run" ANOCIR_CONFIG="$place/root/etc/anocir/anocir.conf"
grep -q '^runc version ' <<<"$("$place/root/usr/bin/anocir" --version)" || problem "anocir --version"
grep -q '^runc version ' <<<"$("$place/root/usr/bin/anocir-runtime" --version)" || problem "anocir-runtime --version"
[ "$("$place/root/usr/bin/anocir" list --format json)" = null ] || problem "the installed pair does not list"
exe=$(readlink "/proc/$(cat "$place/run/supervisor.pid")/exe")
[ "$exe" = "$place/root/usr/lib/anocir/anocir-supervisor" ] || problem "another supervisor answered: $exe"
end_supervisor
rm -rf "$place/run"

if command -v systemd-analyze >/dev/null 2>&1; then
    # It wants to see the program where the unit says, so the unit says where it is now.
    mkdir "$place/units"
    sed "s|=/usr/|=$place/root/usr/|" "$place/root/usr/lib/systemd/system/anocir.service" >"$place/units/anocir.service"
    cp "$place/root/usr/lib/systemd/system/anocir.socket" "$place/units"
    said=$(SYSTEMD_UNIT_PATH="$place/units:" systemd-analyze verify --man=no "$place/units/anocir.service" "$place/units/anocir.socket" 2>&1 | grep -F anocir || true)
    [ -z "$said" ] || problem "systemd-analyze: $said"
fi
if command -v systemd-socket-activate >/dev/null 2>&1; then
    mkdir -m 0700 "$place/run"
    systemd-socket-activate --seqpacket -l "$place/run/supervisor.sock" -E "ANOCIR_RUNTIME_DIR=$place/run" "$place/root/usr/bin/anocir-supervisor" >"$place/log" 2>&1 &
    activator=$!
    for _ in {1..100}; do [ ! -S "$place/run/supervisor.sock" ] || break; sleep 0.05; done
    [ "$("$place/root/usr/bin/anocir" list --format json)" = null ] || problem "no answer through a listener of systemd's: $(cat "$place/log")"
    # It executes the program in its own place, as systemd's own child would be.
    [ "$(cat "$place/run/supervisor.pid")" = "$activator" ] || problem "not the activated supervisor answered"
    end_supervisor
    [ -S "$place/run/supervisor.sock" ] || problem "the supervisor removed a socket that is systemd's"
fi

make --no-print-directory -s uninstall PREFIX=/usr DESTDIR="$place/root" >"$place/log" 2>&1 || { cat "$place/log"; exit 1; }
left=$(find "$place/root" ! -type d)
[ -z "$left" ] || problem "make uninstall left $left"
