#!/bin/bash
# Runs test projects inside the virtual machine of vm.sh (Debian 12, systemd, pure cgroup v2, CRIU), against out/bin of this tree,
# which `make` and `dotnet build` of the projects have made. Ends with one line: N passed, N failed.
#   Tests/Vm/run.sh [PROJECT...]     default: Kernel Runtime
# TEST_FILTER, TEST_TIMEOUT: as for Tests/run.sh. VM_*: see vm.sh.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
[ $# -gt 0 ] || set -- Kernel Runtime

# Hard links: the image of the directory is made anew only when a file changed.
stage=$PWD/out/vm
rm -rf "$stage"
mkdir -p "$stage/out" "$stage/Tests"
cp -al out/bin out/lib "$stage/out/"
cp -al Anocir.sln "$stage/"
cp -al Tests/run.sh Tests/trx.awk "$stage/Tests/"
for project; do
    built=Tests/Anocir.$project.Tests/bin/Release/net10.0
    [ -e "$built/Anocir.$project.Tests.dll" ] || { echo "$built has no tests; make test-vm builds them" >&2; exit 1; }
    mkdir -p "$stage/${built%/*}"
    cp -al "$built" "$stage/$built"
done

export TESTS="$*" TEST_FILTER="${TEST_FILTER:-}" TEST_TIMEOUT="${TEST_TIMEOUT:-3000}"
dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
# A read-only directory of the host is one more disk of the guest, whose first is the tree.
VM_RO="$dotnet:/usr/share/dotnet ${VM_RO:-}" VM_ENV="TESTS TEST_FILTER TEST_TIMEOUT ${VM_ENV:-}" \
    VM_TIMEOUT=${VM_TIMEOUT:-7200} VM_OUT=${VM_OUT:-$PWD/out/test-results/vm} \
    exec Tests/Vm/vm.sh run Tests/Vm/guest/run-tests "$stage"
