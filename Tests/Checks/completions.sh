#!/bin/bash
# The completions and the manual page, which are made from the help texts, hold every command and option of them, and work.
set -euo pipefail
cd "$(dirname "$0")/../.."
anocir=$PWD/out/bin/anocir
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
export ANOCIR_RUNTIME_DIR=$place/run
for shell in bash zsh fish; do Packaging/completions.sh $shell "$anocir" >"$place/$shell"; done
Packaging/manual.sh "$anocir" >"$place/manual"
problems=0
problem() { echo "$*"; problems=$((problems + 1)); }

bash -n "$place/bash"
for shell in zsh fish; do
    if command -v $shell >/dev/null 2>&1; then $shell -n "$place/$shell" || problem "$shell cannot read its completion"; fi
done

commands=$("$anocir" --help | sed -n '/^COMMANDS:/,/^$/s/^   \([a-z]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 13 ] || problem "the help names only: $commands"

complete_words() { # words of a command line, of which the last is completed
    (
        PATH=$place:$PATH
        source "$place/bash"
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _anocir
        printf '%s\n' "${COMPREPLY[@]}"
    )
}
[ "$(complete_words anocir sta | tr '\n' ' ')" = "start state " ] || problem "bash completes 'sta' to: $(complete_words anocir sta)"
[ "$(complete_words anocir --log-format js)" = json ] || problem "bash does not complete --log-format js"
[ "$(complete_words anocir --root /tmp list --q)" = --quiet ] || problem "bash does not complete list --q behind a global option"
[ -z "$(complete_words anocir kill x)" ] || problem "bash completes ids where no supervisor is"

for command in $commands; do
    grep -q "^        '$command:" "$place/zsh" || problem "zsh does not know $command"
    grep -q "_use_subcommand -a $command " "$place/fish" || problem "fish does not know $command"
    grep -q "^\.SS $command" "$place/manual" || problem "the manual does not know $command"
    page=$(sed -n "/^\.SS $command/,/^\.S[SH]/p" "$place/manual")
    help=$("$anocir" "$command" --help)
    for option in $(sed -n '/^OPTIONS:/,$s/^   --\([a-z0-9-]*\).*/\1/p' <<<"$help"); do
        grep -qx -- "--$option" <<<"$(complete_words anocir "$command" "--$option")" || problem "bash does not know $command --$option"
        grep -q -- "'--$option\[" <<<"$(sed -n "/^        $command) _arguments/,/;;\$/p" "$place/zsh")" || problem "zsh does not know $command --$option"
        grep -q -- "from $command' -l $option " "$place/fish" || problem "fish does not know $command --$option"
        grep -q -- "$(sed 's/-/\\\\-/g' <<<"--$option")" <<<"$page" || problem "the manual does not know $command --$option"
    done
done
[ ! -e "$ANOCIR_RUNTIME_DIR" ] || problem "a key press made $ANOCIR_RUNTIME_DIR"
if command -v groff >/dev/null 2>&1; then
    for page in "$place/manual" docs/man/*.8; do
        [ -z "$(groff -man -Tutf8 -ww "$page" 2>&1 >/dev/null)" ] || problem "groff warns of $page: $(groff -man -Tutf8 -ww "$page" 2>&1 >/dev/null | head -n 3)"
    done
fi
[ "$problems" -eq 0 ]
