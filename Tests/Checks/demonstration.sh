#!/bin/bash
# make run shows what it says, and leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ "$(id -u)" -ne 0 ]; then
    echo "it makes containers, which needs root"
    exit 77
fi
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
TMPDIR=$place Tests/demo.sh >"$place/shown" 2>&1 || { cat "$place/shown"; exit 1; }
problems=0
shows() { grep -qE -- "$1" "$place/shown" || { echo "it does not show: $1"; problems=$((problems + 1)); }; }
shows '^    Hello from a container\.$'
shows 'exit code 7\)$'
shows '^    [0-9TZ:.-]+ +\+[0-9.]+ ms +started '
shows '^    web +[0-9]+ +running '
# The list after the supervisor was killed is the one that has the name alone.
shows '^    web$'
shows 'exited +signal 9$'
old=$(sed -n 's/.*supervisor was process \([0-9]*\) and is now process \([0-9]*\);.*/\1 \2/p' "$place/shown")
[ "${old% *}" != "${old#* }" ] || { echo "the supervisor was not replaced"; problems=$((problems + 1)); }
for pid in $old; do [ ! -d "/proc/$pid" ] || { echo "supervisor $pid is left"; problems=$((problems + 1)); }; done
left=$(find "$place" -mindepth 1 ! -name shown)
[ -z "$left" ] || { echo "it left $left"; problems=$((problems + 1)); }
[ "$problems" -eq 0 ] || { cat "$place/shown"; exit 1; }
