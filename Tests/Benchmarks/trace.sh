#!/bin/bash
# Where the time of `anocir run` goes: medians of each phase, on the machine's cgroup layout. trace.sh [RUNS]
. "$(dirname "$0")/common.sh"
make_bundle "$place/true" /bin/true
warm_up
echo "before: $(machine)"
python3 "$here/trace.py" "$anocir" "$place/true" "${1:-200}" "$place/phases"
echo "after: load $(cut -d' ' -f1-3 /proc/loadavg)"
