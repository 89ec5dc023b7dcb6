"""Prints docs/conformance.md: table.py PROJECT "NAME VERSION=RESULTS.trx" ...

The clauses stand as attributes on the tests, in the sources under PROJECT; a name of a test is what the clause says.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

SPECIFICATION = "https://github.com/opencontainers/runtime-spec/blob/v1.3.0/"
SPACE = "{http://microsoft.com/schemas/VisualStudio/TeamTest/2010}"
WORDS = {"Must": "MUST", "MustNot": "MUST NOT", "Should": "SHOULD", "ShouldNot": "SHOULD NOT", "May": "MAY"}
CLAUSE = re.compile(r'\[Clause\("([^"]+)", "([^"]+)", Strength\.(\w+), (\d+)\)\]')
METHOD = re.compile(r"public void (\w+)\(")


def clauses(project):
    """(number, document, section, strength, class, method) for each clause of each test."""
    for file in sorted(pathlib.Path(project).rglob("*Tests.cs")):
        found = []
        for line in file.read_text().splitlines():
            if match := CLAUSE.search(line):
                found.append(match.groups())
            elif (match := METHOD.search(line)) and found:
                for document, section, strength, number in found:
                    yield int(number), document, section, WORDS[strength], file.stem, match[1]
                found = []


def results(file):
    """class.method -> row -> (outcome, reason)"""
    tests = {}
    for result in xml.parse(file).iter(SPACE + "UnitTestResult"):
        name = re.match(r"(?:\w+\.)*(\w+\.\w+)(\(.*)?$", result.get("testName"), re.DOTALL)
        reason = "".join(t.text or "" for t in result.iter() if t.tag in (SPACE + "Message", SPACE + "StdOut")).strip()
        tests.setdefault(name[1], {})[name[2] or ""] = (result.get("outcome"), reason)
    return tests


def verdict(rows, notes):
    if not rows:
        return ""
    passed = sum(outcome == "Passed" for outcome, _ in rows)
    failed = sum(outcome == "Failed" for outcome, _ in rows)
    reasons = {reason.splitlines()[0] for outcome, reason in rows if outcome == "NotExecuted" and reason}
    parts = []
    if failed:
        parts.append("**no**" if not passed else f"**{failed} of {failed + passed} no**")
    elif passed:
        parts.append("yes")
    if reasons:
        first = not parts
        for reason in sorted(reasons):
            number = notes.setdefault(reason, len(notes) + 1)
            word = "departs" if reason.startswith("departs") else "not yet" if reason.startswith("not there yet") else "–"
            parts.append(f"{word} [{number}]" if first else f"[{number}]")
    return " ".join(parts)


def option(row):
    """The option's name, the first argument of a row, where a table has one row for each option."""
    match = re.match(r'\(option: "(\w+)"', row)
    return match[1] if match else None


runtimes = [argument.rsplit("=", 1) for argument in sys.argv[2:]]
tested = [(name, results(file)) for name, file in runtimes]
notes = {}
rows = []
for number, document, section, strength, kind, method in sorted(clauses(sys.argv[1]), key=lambda c: c[0]):
    key = f"{kind}.{method}"
    statement = method.replace("_", " ")
    every = sorted({row for _, tests in tested for row in tests.get(key, {})})
    options = sorted({option(row) for row in every} - {None})
    groups = [(f"`{name}`: {statement}", [row for row in every if option(row) == name]) for name in options] or [(statement, every)]
    for text, members in groups:
        cells = [verdict([tests.get(key, {})[row] for row in members if row in tests.get(key, {})], notes) for _, tests in tested]
        rows.append(f"| {number} | [{document}]({SPECIFICATION}{document}#{section}) | {strength} | {text} | " + " | ".join(cells) + " |")

print("# Does it do what the specification says?\n")
print("Each line is a clause of the OCI runtime specification 1.3 and a test of it in `Tests/Conformance`: a container is made, and what the kernel shows")
print("from inside or outside of it decides. `Tests/Conformance/run.sh` wrote this page; `RUNTIME=/path/to/runtime dotnet test Tests/Conformance/Anocir.Conformance.Tests`")
print("asks any runtime, and `--filter Clause=14` for one clause. The numbers are our own. `Tests/run-oci-suite.sh` runs other people's suites.\n")
print("An old release cannot know what came after it: `no` of a distribution's runc or crun may be `yes` of today's.\n")
print("| | " + " | ".join(name for name, _ in tested) + " |")
print("|---|" + "---:|" * len(tested))
for word, outcome in (("tests passed", "Passed"), ("failed", "Failed"), ("not to be tried on this machine, or known [notes]", "NotExecuted")):
    print(f"| {word} | " + " | ".join(str(sum(o == outcome for t in tests.values() for o, _ in t.values())) for _, tests in tested) + " |")
print("\n| | document | | what it says | " + " | ".join(name for name, _ in tested) + " |")
print("|---:|---|---|---|" + "---|" * len(tested))
print("\n".join(rows))
print("\n## Notes\n")
for reason, number in notes.items():
    print(f"{number}. {reason}")
