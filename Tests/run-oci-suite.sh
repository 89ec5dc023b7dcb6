#!/bin/bash
# Runs somebody else's suite against anocir and prints what passes:
#   Tests/run-oci-suite.sh DIR [PROGRAM ...]
# DIR is a checkout, built as its own instructions say, of
#   opencontainers/runtime-tools   validation/**/*.t          (make runtimetest validation-executables)
#   opencontainers/runc            tests/integration/*.bats   (make recvtty and the other test binaries; bats, jq, images)
#   containers/crun                tests/test_*.py            (tests/init, else it is compiled from tests/init.c)
# PROGRAM is a part of a program's path ("exec", "linux_ns"): only those that have one of them are run.
# RUNTIME names another runtime, TIMEOUT the limit of each program in seconds (300), OUTPUT where what they print is kept
# (out/oci-suite). The status is 0 when no test failed, 1 when some did, 2 when nothing could be run.
set -uo pipefail

[ $# -ge 1 ] && [ -d "$1" ] || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }
tree=$(cd "$(dirname "$0")/.." && pwd)
suite=$(cd "$1" && pwd)
shift
runtime=$(readlink -f "${RUNTIME:-$tree/out/bin/anocir}")
limit=${TIMEOUT:-300}
output=${OUTPUT:-$tree/out/oci-suite}
[ -x "$runtime" ] || { echo "there is no $runtime: make, or name a runtime in RUNTIME" >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "the suites want root" >&2; exit 2; }

need() { PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null || { echo "$1 is needed for this suite and not installed" >&2; exit 2; }; }

# The supervisor of this run alone, with its directory short enough for sockets.
scratch=$(mktemp -d /tmp/oci-suite.XXXXXX)
end() {
    local pid
    pid=$(cat "$scratch/rt/supervisor.pid" 2>/dev/null)
    if [ -n "$pid" ] && kill "$pid" 2>/dev/null; then
        for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    fi
    rm -rf --one-file-system "$scratch"
}
trap end EXIT
export ANOCIR_RUNTIME_DIR=$scratch/rt TMPDIR=$scratch

programs=()
if [ -d "$suite/validation" ]; then
    kind=runtime-tools
    while IFS= read -r program; do programs+=("$program"); done < <(cd "$suite" && find validation -name '*.t' -type f -perm -100 | sort)
    [ ${#programs[@]} -gt 0 ] || { echo "no validation/**/*.t in $suite: make runtimetest validation-executables" >&2; exit 2; }
elif [ -d "$suite/tests/integration" ]; then
    kind=runc
    need bats
    need jq
    while IFS= read -r program; do programs+=("$program"); done < <(cd "$suite" && ls tests/integration/*.bats)
elif [ -f "$suite/tests/tests_utils.py" ]; then
    kind=crun
    need python3
    while IFS= read -r program; do programs+=("$program"); done < <(cd "$suite" && ls tests/test_*.py)
    init=$suite/tests/init
    if [ ! -x "$init" ]; then
        need gcc
        init=$scratch/init
        # Its own configure writes a config.h; what init.c asks of it a Linux of today has.
        mkdir "$scratch/include" && printf '#define HAVE_ERROR_H 1\n#define HAVE_LINUX_IOPRIO_H 1\n' >"$scratch/include/config.h"
        gcc -static -D_GNU_SOURCE -DHAVE_CONFIG_H -I"$scratch/include" -w -o "$init" "$suite/tests/init.c" || { echo "tests/init.c does not compile" >&2; exit 2; }
    fi
    # What runc's command line says in another way: the driver of cgroups, and where config.json is.
    if [ "$(basename "$runtime")" != crun ]; then
        cat >"$scratch/runtime" <<EOF
#!/bin/bash
words=()
while [ \$# -gt 0 ]; do
    case \$1 in
        --cgroup-manager) [ "\$2" != systemd ] || words+=(--systemd-cgroup); shift ;;
        --cgroup-manager=*) [ "\$1" != --cgroup-manager=systemd ] || words+=(--systemd-cgroup) ;;
        --config) words+=(--bundle "\$(dirname "\$2")"); shift ;;
        --config=*) words+=(--bundle "\$(dirname "\${1#*=}")") ;;
        *) words+=("\$1") ;;
    esac
    shift
done
exec "$runtime" "\${words[@]}"
EOF
        chmod +x "$scratch/runtime"
    fi
else
    echo "$suite is none of runtime-tools, runc and crun" >&2
    exit 2
fi

crun_as=$runtime
[ ! -x "$scratch/runtime" ] || crun_as=$scratch/runtime

wanted() {
    [ $# -gt 1 ] || return 0
    local program=$1 part
    shift
    for part; do [[ $program != *"$part"* ]] || return 0; done
    return 1
}

run_program() {
    case $kind in
        runtime-tools) RUNTIME=$runtime timeout --kill-after=10 "$limit" "$suite/$1" ;;
        runc) RUNC=$runtime timeout --kill-after=10 "$limit" bats --formatter tap "$suite/$1" ;;
        crun) OCI_RUNTIME=$crun_as INIT=$init timeout --kill-after=10 "$limit" python3 "$suite/$1" ;;
    esac
}

rm -rf "$output"
mkdir -p "$output"
failures=$output/failures.txt
: >"$failures"
passed=0 failed=0 skipped=0
echo "$kind: $runtime"
printf '%-50s %6s %6s %6s %6s\n' program pass fail skip seconds
for program in "${programs[@]}"; do
    wanted "$program" "$@" || continue
    name=${program#validation/}
    name=${name#tests/integration/}
    name=${name#tests/}
    log=$output/${name//\//-}.tap
    started=$SECONDS
    (cd "$suite" && run_program "$program") >"$log" 2>&1 </dev/null
    status=$?
    # TAP: "ok 1 - words", "not ok 2 - words", with "# SKIP" or "# TODO" behind. What runtime-tools runs inside of the container is indented.
    read -r ok bad skip < <(awk -v name="$name" -v failures="$failures" '
        /^[ \t]*ok .*# *[Ss][Kk][Ii][Pp]/ { skip++; next }
        /^1\.\.0 *# *[Ss][Kk][Ii][Pp]/ { skip++; next }
        /^[ \t]*ok / { ok++; next }
        /^[ \t]*not ok .*# *[Tt][Oo][Dd][Oo]/ { skip++; next }
        /^[ \t]*not ok / { bad++; line = $0; sub(/^[ \t]*not ok [0-9]*[ -]*/, "", line); sub(/ # [0-9.]+s$/, "", line); print name ": " line >> failures }
        END { print ok + 0, bad + 0, skip + 0 }' "$log")
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        # Skips of a whole program: automake 77.
        if [ "$status" -eq 77 ]; then
            skip=$((skip + 1))
        else
            bad=1
            reason=$(grep -v '^[[:space:]]*$' "$log" | tail -n 1)
            [ "$status" -ne 124 ] || reason="not ended after $limit seconds"
            echo "$name: (status $status) $reason" >>"$failures"
        fi
    fi
    printf '%-50s %6d %6d %6d %6d\n' "$name" "$ok" "$bad" "$skip" $((SECONDS - started))
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
done

if [ -s "$failures" ]; then
    printf '\nfailed (what was printed is in %s):\n' "$output"
    sed 's/^/  /' "$failures"
fi
[ $((passed + failed + skipped)) -gt 0 ] || { echo "no program was run" >&2; exit 2; }
printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
