#!/bin/bash
# The documentation speaks of what is there: links lead somewhere, every key and command is told of, every test it names exists.
set -euo pipefail
cd "$(dirname "$0")/../.."
problems=0
problem() { echo "$*"; problems=$((problems + 1)); }

for page in README.md docs/*.md; do
    while read -r link; do
        [ -e "$(dirname "$page")/${link%%#*}" ] || problem "$page links to $link, which is not there"
    done < <(grep -oE '\]\([^)]+\)' "$page" | sed -e 's/^](//' -e 's/)$//' | grep -v -e '^https\?:' -e '^#' || true)
done

# The keys of the section anocir, with their paths.
keys=$(awk '
    /^ *#/ || /^ *$/ { next }
    /\{ *$/ { name = $1; path[depth++] = name; next }
    /^ *\} *$/ { depth--; next }
    / = / { whole = ""; for (i = 0; i < depth; i++) whole = whole path[i] "."; print whole $1 }' HOCON/supervisor.conf | grep '^anocir\.' | grep -v '^anocir\.dispatchers\.')
[ "$(wc -l <<<"$keys")" -ge 10 ] || problem "HOCON/supervisor.conf has no keys any more"
for key in $keys; do grep -qF "\`$key\`" docs/configuration.md || problem "docs/configuration.md does not tell of $key"; done
for key in $(grep -oE '^\| `anocir\.[a-z.-]+`' docs/configuration.md | tr -d '|` '); do grep -qxF "$key" <<<"$keys" || problem "docs/configuration.md tells of $key, which is not in HOCON/supervisor.conf"; done

commands=$(out/bin/anocir --help | sed -n '/^COMMANDS:/,/^$/s/^   \([a-z]*\) .*/\1/p')
for command in $commands; do
    grep -qF "\`$command\`" docs/compatibility.md || problem "docs/compatibility.md does not tell of $command"
    ! grep -q "^| .*\`$command\`.*| not yet" docs/compatibility.md || problem "docs/compatibility.md says that $command is not there yet"
    ! grep -q "^| .*\`$command\`.*| not there yet" README.md || problem "README.md says that $command is not there yet"
done

for test in $(sed -n '/^## Attack by attack/,/^## The supervisor/p' docs/security.md | grep -oE '`[A-Z][A-Za-z]+_[A-Za-z_]+`' | tr -d '`'); do
    grep -rqF " $test(" Tests --include=*.cs || problem "docs/security.md names the test $test, which is not there"
done
for manifest in $(grep -oE '\(`[a-z-]+\.1`' docs/life-of-a-container.md | tr -d '(`'); do
    grep -qF "\"$manifest\"" Actors/Serialization/EventManifests.cs || problem "docs/life-of-a-container.md names the event $manifest, which is not there"
done
[ "$problems" -eq 0 ]
