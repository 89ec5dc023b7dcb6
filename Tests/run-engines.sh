#!/bin/sh
# Runs dockerd, containerd and Podman against a runtime: run-engines.sh [RUNTIME [dotnet test options...]]
# RUNTIME is out/bin/anocir of this tree by default. To leave out what needs exec, pause and update:
#   run-engines.sh out/bin/anocir --filter 'Needs!=exec'
set -eu
tests=$(cd "$(dirname "$0")" && pwd)
runtime=${1:-$tests/../out/bin/anocir}
[ $# -eq 0 ] || shift

if [ "$(id -u)" -ne 0 ]; then
    echo "run-engines.sh: the engines' daemons need root" >&2
    exit 1
fi
if [ ! -x "$runtime" ]; then
    echo "run-engines.sh: there is no runtime $runtime" >&2
    exit 1
fi

RUNTIME=$(cd "$(dirname "$runtime")" && pwd)/$(basename "$runtime")
export RUNTIME
exec dotnet test "$tests/Anocir.Engines.Tests" -c Release --nologo "$@"
