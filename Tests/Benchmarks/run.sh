#!/bin/bash
# anocir, runc and crun on one bundle in one run: run.sh [REPORT.md]
#   ROUNDS=7 RUNS=20 CONTAINERS=200 IDLE=60   how much; CONTAINERS=0 leaves the memory part out
#   LAYOUT=v1|asis                            v1: in a mount namespace without the unified hierarchy, which crun refuses here
# Every runtime is measured in the same namespace, in turn, in an order that changes each round.
layout=${LAYOUT:-v1}
if [ "$layout" = v1 ] && [ -z "${ANOCIR_BENCH_INSIDE:-}" ] && grep -q ' /sys/fs/cgroup/unified ' /proc/self/mountinfo; then
    ANOCIR_BENCH_INSIDE=1 exec unshare -m sh -c 'umount /sys/fs/cgroup/unified && exec "$0" "$@"' "$0" "$@"
fi
. "$(dirname "$0")/common.sh"
report=${1:-$place/report.md}
rounds=${ROUNDS:-7} runs=${RUNS:-20}
mkdir "$place/runc" "$place/crun" "$place/times"
make_bundle "$place/true" /bin/true
make_bundle "$place/sleep" /bin/sleep 1000000

runtimes=("anocir $anocir")
for other in runc crun; do
    path=$(command -v "$other") || { echo "$other is not installed: left out" >&2; continue; }
    if "$path" --root "$place/$other" run -b "$place/true" try >/dev/null 2>"$place/why"; then
        runtimes+=("$other $path --root $place/$other")
    else
        echo "$other does not run here ($(head -1 "$place/why")): left out" >&2
    fi
done

cycle=$place/cycle
cat > "$cycle" <<'SH'
#!/bin/sh
set -e
bundle=$1; shift
"$@" create -b "$bundle" cycle >/dev/null </dev/null
"$@" start cycle
"$@" delete -f cycle
SH
chmod +x "$cycle"

pauses=$place/pauses
cat > "$pauses" <<'SH'
#!/bin/sh
set -e
id=$1; shift
"$@" pause "$id"
"$@" resume "$id"
SH
chmod +x "$pauses"

# measure WHAT RUNTIME COMMAND...
measure() {
    local what=$1 runtime=$2; shift 2
    hyperfine -N --style none --warmup 2 --runs "$runs" --export-json "$place/times/$what.$runtime.$round.json" "$*" >/dev/null 2>&1 ||
        fail "$* fails"
}

warm_up
before=$(machine)
for entry in "${runtimes[@]}"; do
    read -r name command <<<"$entry"
    $command create -b "$place/sleep" "sleeper-$name" >/dev/null </dev/null 2>&1
    $command start "sleeper-$name"
done
for round in $(seq "$rounds"); do
    # Rotated by one each round: no runtime always follows the same one.
    runtimes=("${runtimes[@]:1}" "${runtimes[0]}")
    for what in run create-start-delete exec pause-resume state list; do
        for entry in "${runtimes[@]}"; do
            read -r name command <<<"$entry"
            case $what in
                run) measure $what "$name" "$command run -b $place/true bench-run" ;;
                create-start-delete) measure $what "$name" "$cycle $place/true $command" ;;
                state) measure $what "$name" "$command state sleeper-$name" ;;
                exec) measure $what "$name" "$command exec sleeper-$name /bin/true" ;;
                pause-resume) measure $what "$name" "$pauses sleeper-$name $command" ;;
                list) measure $what "$name" "$command list" ;;
            esac
        done
    done
done
for entry in "${runtimes[@]}"; do
    read -r name command <<<"$entry"
    $command delete -f "sleeper-$name"
done
after=$(cut -d' ' -f1-3 /proc/loadavg)
if [ "${CONTAINERS:-200}" -gt 0 ]; then "$here/density.sh" > "$place/density"; else : > "$place/density"; fi

versions="anocir $("$anocir" --version | sed -n 's/^runc version //p; s/^commit: /commit /p' | paste -sd' ')"
for other in runc crun; do versions+="; $("$other" --version 2>/dev/null | head -1)"; done
python3 "$here/table.py" "$place/times" "$place/density" "$before, $after after" "$versions" "cgroups: $layout, nice $(nice)" > "$report"
cat "$report"
