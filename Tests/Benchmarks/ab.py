"""Compares commands in alternating runs: ab.py RUNS COMMAND COMMAND...; prints median, quartiles and minimum of each, and the CPU time of the process itself, in ms.

On a machine that others use, CPU time says more than elapsed time."""
import os
import random
import shlex
import statistics
import sys
import time

runs, commands = int(sys.argv[1]), [shlex.split(c) for c in sys.argv[2:]]
times = [[] for _ in commands]
burnt = [[] for _ in commands]
quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
for _ in range(runs):
    for which in random.sample(range(len(commands)), len(commands)):
        environment = dict(os.environ)
        command = list(commands[which])
        while "=" in command[0]:
            name, _, value = command.pop(0).partition("=")
            environment[name] = value
        begun = time.monotonic_ns()
        pid = os.posix_spawnp(command[0], command, environment, file_actions=quiet)
        _, status, usage = os.wait4(pid, 0)
        times[which].append((time.monotonic_ns() - begun) / 1e6)
        burnt[which].append((usage.ru_utime + usage.ru_stime) * 1e3)
        if status != 0:
            raise SystemExit(f"{command} ended with {status}")
base = statistics.median(times[0])
for command, taken, cpu in zip(sys.argv[2:], times, burnt):
    low, middle, high = statistics.quantiles(taken, n=4)
    print(f"median {middle:7.3f}  quartiles {low:7.3f} {high:7.3f}  min {min(taken):7.3f}  cpu {statistics.median(cpu):6.3f}  ratio {middle / base:5.3f}  {command[:100]}")
