#!/bin/bash
# Runs the scripted tests of Tests/Vm/scripts in the virtual machine of vm.sh, one guest for each file, against out/ of this tree.
#   Tests/Vm/scripts.sh [NAME...]     default: all of them
# Ends with one line: N passed, N failed. OUT: another tree with bin and lib in it. VM_*: see vm.sh.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
[ $# -gt 0 ] || set -- $(cd Tests/Vm/scripts && ls *.test | sed 's/\.test$//')
out=$(readlink -f "${OUT:-out}")
mkdir -p out
stage=$(mktemp -d "$PWD/out/vm-scripts.XXXXXX")
trap 'rm -rf "$stage"' EXIT
cp -a "$out/bin" "$out/lib" Tests/Vm/scripts Packaging "$stage/"

passed=0 failed=0
for name; do
    echo "== $name"
    status=0
    VM_TIMEOUT=${VM_TIMEOUT:-900} Tests/Vm/vm.sh run - "$stage" "$name" <"Tests/Vm/scripts/$name.test" | tee "$stage/log" || status=$?
    passed=$((passed + $(grep -c '^ok ' "$stage/log" || true)))
    failed=$((failed + $(grep -c '^not ok ' "$stage/log" || true)))
    # 1 is a check that failed, and counted; anything else is a test that did not come to its end.
    [ "$status" -le 1 ] && grep -q '^end of ' "$stage/log" || { echo "not ok $name ended early, status $status"; failed=$((failed + 1)); }
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
