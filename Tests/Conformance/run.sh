#!/bin/bash
# Holds anocir, runc and crun (those that are installed) to the specification and writes docs/conformance.md:
#   Tests/Conformance/run.sh [FILE]
# Fails when anocir does. Filter with TEST_FILTER (dotnet test --filter); the page is then not written.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
page=${1:-docs/conformance.md}
project=Tests/Conformance/Anocir.Conformance.Tests
results=$PWD/out/conformance
limit=900
mkdir -p "$results"

dotnet build "$project" -c Release --nologo -v quiet -nodeReuse:false || exit 1

test_with() { # name, binary
    rm -f "$results/$1.trx"
    local run=(env "RUNTIME=$2" timeout --kill-after=30 "$limit" dotnet test "$project/bin/Release/net10.0/Anocir.Conformance.Tests.dll" --nologo
        --results-directory "$results" --logger "trx;LogFileName=$1.trx" ${TEST_FILTER:+--filter "$TEST_FILTER"})
    # crun takes version 1 and 2 of cgroups, and not both at once: it is shown the first alone.
    if [ "$1" = crun ] && mountpoint -q /sys/fs/cgroup/unified; then
        run=(unshare --mount sh -c 'umount /sys/fs/cgroup/unified && exec "$@"' sh "${run[@]}")
    fi
    "${run[@]}" >"$results/$1.log" 2>&1 </dev/null
    local status=$?
    [ -s "$results/$1.trx" ] || { echo "$1 left no results, see $results/$1.log" >&2; return 1; }
    tail -n 1 "$results/$1.log"
    return "$status"
}

version_of() { "$1" --version | sed -n 's/.*version[: ]*\([^ ]*\).*/\1/p' | head -n 1; }

columns=() status=0
for name in anocir runc crun; do
    binary=$PWD/out/bin/anocir
    [ "$name" = anocir ] || binary=$(PATH=$PATH:/usr/sbin:/sbin command -v "$name") || { echo "$name is not installed"; continue; }
    echo "$name $(version_of "$binary")"
    test_with "$name" "$binary" || [ "$name" != anocir ] || status=1
    [ ! -s "$results/$name.trx" ] || columns+=("$name $(version_of "$binary")=$results/$name.trx")
done
if [ -n "${TEST_FILTER:-}" ]; then exit "$status"; fi
python3 Tests/Conformance/table.py "$project" "${columns[@]}" >"$results/page.md" || exit 1
mv "$results/page.md" "$page"
echo "$page is written"
exit "$status"
