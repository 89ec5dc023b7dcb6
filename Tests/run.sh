#!/bin/bash
# Runs every test of the tree and ends with one line: N passed, N failed. TESTS="Platform Kernel" chooses projects and checks;
# TEST_FILTER is an expression for dotnet test --filter; TEST_BUILT=1: they are built already. A project that does not end in TEST_TIMEOUT seconds has failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1 DOTNET_HOSTBUILDER__RELOADCONFIGONCHANGE=false
limit=${TEST_TIMEOUT:-1000}
results=$PWD/out/test-results
rm -rf "$results"
mkdir -p "$results"
passed=0 failed=0
skips=$results/skipped.txt failures=$results/failures.txt
: >"$skips"
: >"$failures"

finish() {
    if [ -s "$skips" ]; then
        printf '\nskipped, and why:\n'
        sort "$skips" | uniq | sed 's/^/  /'
    fi
    if [ -s "$failures" ]; then
        printf '\nfailures:\n'
        cat "$failures"
    fi
    printf '\n%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ]
    exit
}

fail() { # subject, file with the words
    failed=$((failed + 1))
    { printf '\n--- %s\n' "$1"; sed 's/^/    /' "$2"; } >>"$failures"
}

# Where a project lies.
folder() { [ ! -d "Tests/$1/Anocir.$1.Tests" ] || { echo "Tests/$1/Anocir.$1.Tests"; return; }; echo "Tests/Anocir.$1.Tests"; }

# Fast ones first, engines last; a project that is new stands between.
all_projects() {
    local first="Platform Actors Cli Supervisor Kernel" last="Conformance Engines" name
    for name in $first; do [ ! -d "$(folder "$name")" ] || echo "$name"; done
    for name in Tests/Anocir.*.Tests; do
        name=${name#Tests/Anocir.}
        name=${name%.Tests}
        case " $first $last " in *" $name "*) ;; *) echo "$name" ;; esac
    done
    for name in $last; do [ ! -d "$(folder "$name")" ] || echo "$name"; done
}
all_checks() { for check in Tests/Checks/*.sh; do basename "$check" .sh; done; }

chosen() { [ -z "${TESTS:-}" ] || case " $TESTS " in *" $1 "*) ;; *) return 1 ;; esac; }

known=" $(all_projects | tr '\n' ' ') $(all_checks | tr '\n' ' ') "
for wanted in ${TESTS:-}; do
    case $known in
        *" $wanted "*) ;;
        *) echo "there is no $wanted; TESTS takes:$known" >&2; exit 2 ;;
    esac
done

report() { printf '%-22s %5s passed %4s failed %4s skipped %5ss\n' "$@"; }

[ -n "${TEST_BUILT:-}" ] || echo "building the tests"
if [ -z "${TEST_BUILT:-}" ] && ! dotnet build Anocir.sln -c Release --nologo -v quiet -m:2 -nodeReuse:false >"$results/build.log" 2>&1; then
    grep -E 'error|Error' "$results/build.log" | sort -u >"$results/build-errors.txt"
    fail "the build of Anocir.sln" "$results/build-errors.txt"
    finish
fi

for name in $(all_checks); do
    chosen "$name" || continue
    started=$SECONDS
    log=$results/check-$name.log
    timeout --kill-after=20 "$limit" "Tests/Checks/$name.sh" >"$log" 2>&1
    case $? in
        0) passed=$((passed + 1)); report "$name" 1 0 0 $((SECONDS - started)) ;;
        77) echo "$name: $(tail -n 1 "$log")" >>"$skips"; report "$name" 0 0 1 $((SECONDS - started)) ;;
        *) fail "$name (Tests/Checks/$name.sh)" "$log"; report "$name" 0 1 0 $((SECONDS - started)) ;;
    esac
done

for name in $(all_projects); do
    chosen "$name" || continue
    started=$SECONDS
    project=Anocir.$name.Tests
    trx=$results/$project.trx
    log=$results/$project.log
    timeout --kill-after=30 "$limit" dotnet test "$(folder "$name")/bin/Release/net10.0/$project.dll" --nologo \
        --results-directory "$results" --logger "trx;LogFileName=$project.trx" ${TEST_FILTER:+--filter "$TEST_FILTER"} >"$log" 2>&1 </dev/null
    status=$?
    counts="0 0 0"
    if [ -s "$trx" ]; then
        counts=$(awk -v failures="$failures" -v skips="$skips" -f Tests/trx.awk "$trx")
    fi
    read -r ok bad skipped <<<"$counts"
    passed=$((passed + ok))
    failed=$((failed + bad))
    # A host that crashed or was ended writes no verdict on what it did not finish: that is a failure of its own.
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        tail -n 40 "$log" >"$results/end.txt"
        [ "$status" -ne 124 ] || echo "did not end within $limit seconds" >>"$results/end.txt"
        fail "$project ended with $status" "$results/end.txt"
        bad=1
    fi
    report "$name" "$ok" "$bad" "$skipped" $((SECONDS - started))
done
finish
