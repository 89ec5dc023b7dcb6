#!/bin/bash
# What many sleeping containers cost: memory of their supervisor and their inits, CPU while idle. Tab-separated lines: name, value, unit.
. "$(dirname "$0")/common.sh"
count=${CONTAINERS:-200} idle=${IDLE:-60}
make_bundle "$place/true" /bin/true
make_bundle "$place/sleep" /bin/sleep 1000000
warm_up
pid=$(supervisor_pid)

# memory PID: RSS and PSS in KiB.
memory() { awk '/^Rss:/ {rss = $2} /^Pss:/ {pss = $2} END {print rss, pss}' "/proc/$1/smaps_rollup"; }
cpu_ticks() { awk '{sub(/.*\) /, ""); print $12 + $13}' "/proc/$pid/stat"; }
# Of each thread: those that end meanwhile must not be taken away from the sum.
switches() { awk '/^Pid:/ {pid = $2} /ctxt_switches/ {n[pid] += $2} END {for (pid in n) print pid, n[pid]}' /proc/"$pid"/task/*/status; }
row() { printf '%s\t%s\t%s\n' "$@"; }

read -r rss0 pss0 <<<"$(memory "$pid")"
fds0=$(find "/proc/$pid/fd" -mindepth 1 | wc -l)
begun=$(date +%s%N)
for i in $(seq "$count"); do
    "$anocir" create -b "$place/sleep" --pid-file "$place/pid.$i" "many$i" >/dev/null </dev/null 2>&1
    init=$(cat "$place/pid.$i")
    [ "$i" -eq 1 ] && read -r waiting_rss waiting_pss <<<"$(memory "$init")"
    "$anocir" start "many$i"
done
made=$((($(date +%s%N) - begun) / 1000000))
read -r rss1 pss1 <<<"$(memory "$pid")"
ticks0=$(cpu_ticks); switches > "$place/switches"
sleep "$idle"
ticks1=$(cpu_ticks)
switched=$(switches | awk 'NR == FNR {before[$1] = $2; next} {n += $2 - before[$1]} END {print n + 0}' "$place/switches" -)
read -r rss2 pss2 <<<"$(memory "$pid")"

row "supervisor before, RSS / PSS" "$((rss0 / 1024)) / $((pss0 / 1024))" MiB
row "supervisor with $count containers, RSS / PSS" "$((rss1 / 1024)) / $((pss1 / 1024))" MiB
row "the same after $idle s idle, RSS / PSS" "$((rss2 / 1024)) / $((pss2 / 1024))" MiB
row "supervisor per container, PSS" "$(((pss1 - pss0) / count))" KiB
row "init that waits for start, RSS / PSS" "$waiting_rss / $waiting_pss" KiB
row "init after start (the user's program alone), PSS" "$(memory "$(cat "$place/pid.1")" | cut -d' ' -f2)" KiB
row "CPU while idle" "$(((ticks1 - ticks0) * 1000 / $(getconf CLK_TCK)))" "ms in $idle s"
row "context switches while idle" "$switched" "in $idle s"
row "threads" "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)" ""
row "descriptors before / with $count" "$fds0 / $(find "/proc/$pid/fd" -mindepth 1 | wc -l)" ""
row "create and start of one container, in turn" "$((made / count))" ms
