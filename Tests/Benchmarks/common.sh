# Sourced by the scripts beside it: a place of our own, a bundle, a supervisor of our own, and their end.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
anocir=$(realpath "${ANOCIR:-$here/../../out/bin/anocir}")

fail() { echo "$(basename "$0"): $*" >&2; exit 1; }

[ "$(id -u)" -eq 0 ] || fail "containers with every namespace need root"
[ -x "$anocir" ] || fail "there is no $anocir: make, or name one with ANOCIR="
for tool in hyperfine python3 busybox; do command -v "$tool" >/dev/null || fail "$tool is missing"; done

# On tmpfs, as /run is where containers run for a living: a disk under the state would be measured instead.
place=$(mktemp -d "${BENCH_DIR:-/dev/shm}/anocir-bench.XXXXXX")
export ANOCIR_RUNTIME_DIR=$place/anocir

# make_bundle DIRECTORY ARG...: what `runc spec` gives, with our program and no terminal.
make_bundle() {
    local bundle=$1 applet; shift
    mkdir -p "$bundle"/rootfs/{bin,proc,sys,dev,etc,tmp}
    cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
    for applet in true sh sleep; do ln -sf busybox "$bundle/rootfs/bin/$applet"; done
    (cd "$bundle" && "$anocir" spec)
    python3 - "$bundle/config.json" "$@" <<'PYTHON'
import json, sys
path, args = sys.argv[1], sys.argv[2:]
config = json.load(open(path))
config["ociVersion"] = "1.0.2"  # the newest that every runtime in use knows
config["process"]["terminal"] = False
config["process"]["args"] = args
json.dump(config, open(path, "w"))
PYTHON
}

supervisor_pid() { cat "$ANOCIR_RUNTIME_DIR"/supervisor*.pid; }

stop_supervisor() {
    local pid
    for pid in $(cat "$ANOCIR_RUNTIME_DIR"/supervisor*.pid 2>/dev/null || true); do
        kill "$pid" 2>/dev/null || continue
        while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
    done
}

clean_up() {
    local id
    for id in $("$anocir" list -q 2>/dev/null || true); do "$anocir" delete -f "$id" || true; done
    stop_supervisor
    rm -rf "$place"
}
trap clean_up EXIT

# A supervisor that has compiled what it runs: what is measured is its life, not its first second.
warm_up() {
    local i
    for i in $(seq "${1:-60}"); do "$anocir" run -b "$place/true" "warm$i"; done
}

machine() {
    echo "$(date -u +%F), Linux $(uname -r), $(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1-3 /proc/loadavg)"
}
