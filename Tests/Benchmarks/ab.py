"""Compares commands in alternating runs: ab.py RUNS COMMAND COMMAND...; prints median, quartiles and minimum of each, in ms."""
import os
import random
import shlex
import statistics
import sys
import time

runs, commands = int(sys.argv[1]), [shlex.split(c) for c in sys.argv[2:]]
times = [[] for _ in commands]
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
        _, status = os.waitpid(pid, 0)
        times[which].append((time.monotonic_ns() - begun) / 1e6)
        if status != 0:
            raise SystemExit(f"{command} ended with {status}")
base = statistics.median(times[0])
for command, taken in zip(sys.argv[2:], times):
    low, middle, high = statistics.quantiles(taken, n=4)
    print(f"median {middle:7.3f}  quartiles {low:7.3f} {high:7.3f}  min {min(taken):7.3f}  ratio {middle / base:5.3f}  {command[:100]}")
