"""Runs `anocir run` many times under ANOCIR_TRACE and prints the median time of every phase: trace.py ANOCIR BUNDLE RUNS FILE"""
import datetime
import os
import re
import statistics
import subprocess
import sys
import time

anocir, bundle, runs, path = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]

# What each phase is reached by, in the order in which a run goes through them; supervisor phases are the stored events.
PHASES = [
    ("cli main", "exec, and the start of the native runtime"),
    ("cli connected", "arguments, config.json opened, connect"),
    ("supervisor creating", "request read, config.json parsed and checked, plan drawn, event stored"),
    ("cli launch-received", "launch ticket on its way"),
    ("cli cloned", "clone3 with every namespace"),
    ("supervisor spawned", "pidfd received, event stored"),
    ("init main", "execve of the sealed program, start of the native runtime"),
    ("init plan-read", "waits for the supervisor's cgroups, and the plan"),
    ("init cgroups-entered", ""),
    ("init namespaces", "cgroup namespace, private procfs"),
    ("init rootfs-prepared", "loopback, mounts, devices"),
    ("init pivoted", ""),
    ("init rootfs-finished", "masked and read-only paths"),
    ("init ready", "keyring, cwd, program looked up"),
    ("supervisor created", "event stored"),
    ("init start-received", ""),
    ("init credentials", "capabilities, ids, limits"),
    ("supervisor started", "execve closed the channel, event stored"),
    ("cli answered", ""),
    ("cli exit-seen", "the program, the end of its namespaces, wait4"),
    ("supervisor exited", "pidfd, event stored"),
    ("supervisor deleting", "delete asked for on a new connection"),
    ("supervisor deleted", "cgroups and directory removed, event stored"),
    ("cli deleted", "answer"),
    ("driver exit", "end of the process and its threads, wait4"),
]
EVENT = re.compile(r"^(\S+Z)\s+(?:\+[\d.]+ m?s\s+)?(\w+)")


def clock_offset():
    """CLOCK_REALTIME less CLOCK_MONOTONIC, in ns."""
    best = None
    for _ in range(20):
        before, wall, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        if best is None or after - before < best[0]:
            best = (after - before, wall - (before + after) // 2)
    return best[1]


def one(number):
    if os.path.exists(path):
        os.unlink(path)
    name = f"trace{number}"
    environment = dict(os.environ, ANOCIR_TRACE=path)
    argv = [anocir, "run", "-b", bundle, name]
    offset = clock_offset()
    begun = time.monotonic_ns()
    pid = os.posix_spawn(anocir, argv, environment)
    _, status = os.waitpid(pid, 0)
    ended = time.monotonic_ns()
    if status != 0:
        raise SystemExit(f"{argv} ended with {status}")
    times = {"driver exit": (ended - begun) / 1000}
    for line in open(path):
        role, phase, at = line.split()
        times.setdefault(f"{role} {phase}", (int(at) - begun) / 1000)
    history = subprocess.run([anocir, "history", name], capture_output=True, text=True, check=True).stdout
    for line in history.splitlines():
        match = EVENT.match(line)
        wall = datetime.datetime.fromisoformat(match[1].replace("Z", "+00:00"))
        times[f"supervisor {match[2]}"] = (wall.timestamp() * 1e9 - offset - begun) / 1000
    return times


taken = [one(i) for i in range(runs)]
print(f"{'phase reached':26} {'at µs':>8} {'step':>7} {'step p90':>9}  what it took")
print(f"{'driver exec':26} {0:8}")
for index, (phase, what) in enumerate(PHASES):
    at = [t[phase] for t in taken if phase in t]
    if not at:
        continue
    # The step is from the phase that this very run had reached last: the three processes run side by side.
    steps = []
    for t in taken:
        if phase in t:
            before = [v for k, v in t.items() if v < t[phase]]
            steps.append(t[phase] - max(before, default=0))
    print(f"{phase:26} {statistics.median(at):8.0f} {statistics.median(steps):7.0f} {sorted(steps)[int(len(steps) * 0.9)]:9.0f}  {what}")
own = {}
for role in ("cli", "init"):
    names = [p for p, _ in PHASES if p.startswith(role + " ")]
    for before, after in zip(names, names[1:]):
        own[f"{before} -> {after.split()[1]}"] = statistics.median(t[after] - t[before] for t in taken if before in t and after in t)
print("\nwithin one process, longest first (µs):")
for name, value in sorted(own.items(), key=lambda o: -o[1])[:10]:
    print(f"  {value:7.0f}  {name}")
