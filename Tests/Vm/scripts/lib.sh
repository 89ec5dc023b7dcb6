# Sourced in the guest by each scripted test: checks, and a bundle to change.
set -u
export LC_ALL=C
mkdir -p /opt/anocir && cp -a /mnt/share/bin /mnt/share/lib /opt/anocir/
RUNTIME=/opt/anocir/bin/anocir
failures=0

ok() { echo "ok $*"; }
not_ok() { echo "not ok $*"; failures=$((failures + 1)); }
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: expected '$2', got '$3'"; fi; } # NAME EXPECTED ACTUAL
holds() { local name=$1; shift; if "$@" >/tmp/holds.log 2>&1; then ok "$name"; else not_ok "$name: $* : $(tail -n 3 /tmp/holds.log | tr '\n' ' ')"; fi; }
fails() { local name=$1; shift; if "$@" >/tmp/fails.log 2>&1; then not_ok "$name: $* succeeded"; else ok "$name"; fi; }
says() { local name=$1 text=$2; shift 2; "$@" >/tmp/says.log 2>&1; if grep -qF -- "$text" /tmp/says.log; then ok "$name"; else not_ok "$name: '$text' is not in: $(tail -n 3 /tmp/says.log | tr '\n' ' ')"; fi; }
wait_for() { local n=0; until "$@" >/dev/null 2>&1; do n=$((n + 1)); [ $n -lt 300 ] || return 1; sleep 0.1; done; }
property() { systemctl ${USER_MANAGER:-} show --value -p "$2" "$1"; } # UNIT PROPERTY
finish() {
    [ "$failures" -eq 0 ] || { echo "--- supervisor.log"; tail -n 20 /run/anocir/supervisor.log 2>/dev/null; journalctl -q -n 30 --no-pager 2>/dev/null; }
    echo "end of $0"
    exit $((failures > 0))
}

# bundle DIR JQ-EXPRESSION : a bundle of busybox whose config is changed by the expression
bundle() {
    mkdir -p "$1"
    [ -e "$1/rootfs" ] || { mkdir "$1/rootfs"; tar -xf /usr/local/share/vm/busybox.tar -C "$1/rootfs"; }
    (cd "$1" && rm -f config.json && $RUNTIME spec && jq '.process.terminal = false | .process.args = ["sleep", "1000"] | '"$2" config.json >c && mv c config.json)
}
