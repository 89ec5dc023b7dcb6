"""Prints what run.sh measured as a table in markdown: table.py TIMES DENSITY MACHINE VERSIONS LAYOUT"""
import json
import pathlib
import statistics
import sys

times, density, machine, versions, layout = sys.argv[1:]
pooled = {}
for file in pathlib.Path(times).glob("*.json"):
    what, runtime, _ = file.name.split(".", 2)
    pooled.setdefault(what, {}).setdefault(runtime, []).extend(1000 * t for t in json.load(open(file))["results"][0]["times"])

print(f"{machine}\n{versions}\n{layout}\n")
print("| ms | runtime | median | quartiles | min | runs | anocir's time / this one's |")
print("|---|---|---:|---:|---:|---:|---:|")
for what in ("run", "create-start-delete", "exec", "pause-resume", "state", "list"):
    for runtime, taken in sorted(pooled.get(what, {}).items()):
        low, middle, high = statistics.quantiles(taken, n=4)
        ratio = statistics.median(pooled[what]["anocir"]) / middle
        print(f"| {what} | {runtime} | {middle:.2f} | {low:.2f} to {high:.2f} | {min(taken):.2f} | {len(taken)} | {'' if runtime == 'anocir' else f'{ratio:.2f}'} |")
rows = [line.rstrip("\n").split("\t") for line in open(density)]
if rows:
    print("\n| containers under one supervisor | value | unit |\n|---|---:|---|")
    for name, value, unit in rows:
        print(f"| {name} | {value} | {unit} |")
