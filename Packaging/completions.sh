#!/bin/sh
# Prints the completion of a shell, made from what anocir says of itself: completions.sh bash|zsh|fish ANOCIR
set -eu
shell=$1
anocir=$2

commands() { "$anocir" --help | sed -n '/^COMMANDS:/,/^GLOBAL OPTIONS:/s/^   \([a-z]*\)  *\(.*\)$/\1\t\2/p'; }
# Lines of: long<TAB>short or nothing<TAB>value or nothing<TAB>help
options() {
    sed -n '/OPTIONS:$/,$s/^   \(--.*\)$/\1/p' | sed -E 's/^--([a-z0-9-]+)( value)?(, -([a-z])( value)?)?  +(.*)$/\1\t\4\t\2\t\6/'
}
global_options() { "$anocir" --help | options; }
command_options() { "$anocir" "$1" --help | options; }
# Those that make a container want a name that is not there yet.
takes_id() { case $1 in create | run | restore) return 1 ;; esac; "$anocir" "$1" --help | grep -q '^   anocir .*<container-id>'; }
tab=$(printf '\t')
# read would take an empty field between two tabs for none.
fields() { sed "s/$tab/|/g"; }
quoted() { printf '%s' "$1" | sed "s/'/'\\\\''/g"; }

flags() { fields | sed -E 's/^([^|]*)\|([a-z]?)\|.*/--\1 \2/; s/ ([a-z])$/ -\1/; s/ $//' | tr '\n' ' ' | sed 's/ $//'; }

bash_completion() {
    echo '# bash completion of anocir'
    echo '_anocir() {'
    echo '    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= skip= i flags'
    echo '    for ((i = 1; i < COMP_CWORD; i++)); do'
    echo '        if [[ $skip ]]; then skip=; continue; fi'
    echo '        case ${COMP_WORDS[i]} in'
    printf '            %s) skip=yes ;;\n' "$(global_options | fields | sed -n 's/^\([^|]*\)|[^|]*| value|.*/--\1/p' | tr '\n' '|' | sed 's/|$//')"
    echo '            -*) ;;'
    echo '            *) command=${COMP_WORDS[i]}; break ;;'
    echo '        esac'
    echo '    done'
    echo '    case $command in'
    printf '        "") flags="%s"; [[ $word == -* ]] || flags="%s" ;;\n' "$(global_options | flags)" "$(commands | cut -f1 | tr '\n' ' ')"
    commands | cut -f1 | while read -r name; do
        printf '        %s) flags="%s"' "$name" "$(command_options "$name" | flags)"
        ! takes_id "$name" || printf '; [[ $word == -* ]] || flags=$(_anocir_ids)'
        echo ' ;;'
    done
    echo '    esac'
    echo '    case $previous in'
    echo '        --bundle | -b | --root) COMPREPLY=($(compgen -d -- "$word")); return ;;'
    echo '        --log | --pid-file | --console-socket | --pidfd-socket | --process | -p | --resources | -r) COMPREPLY=($(compgen -f -- "$word")); return ;;'
    echo '        --log-format) flags="text json" ;;'
    echo '        --format | -f) flags="table json" ;;'
    echo '    esac'
    echo '    COMPREPLY=($(compgen -W "$flags" -- "$word"))'
    echo '}'
    echo '# A key press must not start a supervisor.'
    echo '_anocir_ids() { [[ ! -S ${ANOCIR_RUNTIME_DIR:-/run/anocir}/supervisor.sock ]] || anocir list --quiet 2>/dev/null; }'
    echo 'complete -F _anocir anocir'
}

zsh_arguments() { # options on stdin
    fields | while IFS='|' read -r long short value help; do
        help=$(quoted "$help" | sed -e 's/[][]/\\&/g' -e 's/:/\\:/g')
        argument=
        [ -z "$value" ] || argument=':value:_files'
        printf " \\\\\n            '--%s[%s]%s'" "$long" "$help" "$argument"
        [ -z "$short" ] || printf " \\\\\n            '-%s[%s]%s'" "$short" "$help" "$argument"
    done
}

zsh_completion() {
    echo '#compdef anocir'
    echo '_anocir_ids() {'
    echo '    [[ -S ${ANOCIR_RUNTIME_DIR:-/run/anocir}/supervisor.sock ]] || return'
    echo '    local -a ids; ids=(${(f)"$(anocir list --quiet 2>/dev/null)"}); compadd -a ids'
    echo '}'
    echo '_anocir() {'
    echo '    local curcontext=$curcontext state line; local -a commands; commands=('
    commands | while IFS="$tab" read -r name summary; do printf "        '%s:%s'\n" "$name" "$(quoted "$summary")"; done
    echo '    )'
    printf '    _arguments -C'
    global_options | zsh_arguments
    printf " \\\\\n            '1: :->command' '*:: :->rest'\n"
    echo '    case $state in'
    echo '        command) _describe command commands ;;'
    echo '        rest) case $words[1] in'
    commands | cut -f1 | while read -r name; do
        printf '        %s) _arguments' "$name"
        command_options "$name" | zsh_arguments
        ! takes_id "$name" || printf " \\\\\n            '1:container:_anocir_ids'"
        printf ' ;;\n'
    done
    echo '        esac ;;'
    echo '    esac'
    echo '}'
    echo '_anocir "$@"'
}

fish_options() { # condition; options on stdin
    fields | while IFS='|' read -r long short value help; do
        printf "complete -c anocir -n '%s' -l %s" "$1" "$long"
        [ -z "$short" ] || printf ' -s %s' "$short"
        [ -z "$value" ] || printf ' -r'
        printf " -d '%s'\n" "$(printf '%s' "$help" | sed "s/'/\\\\'/g")"
    done
}

fish_completion() {
    echo '# fish completion of anocir'
    echo 'function __anocir_ids'
    echo '    set -l place (set -q ANOCIR_RUNTIME_DIR; and echo $ANOCIR_RUNTIME_DIR; or echo /run/anocir)'
    echo '    test -S $place/supervisor.sock; and anocir list --quiet 2>/dev/null'
    echo 'end'
    echo 'complete -c anocir -f'
    global_options | fish_options __fish_use_subcommand
    commands | while IFS="$tab" read -r name summary; do
        printf "complete -c anocir -n __fish_use_subcommand -a %s -d '%s'\n" "$name" "$(printf '%s' "$summary" | sed "s/'/\\\\'/g")"
        command_options "$name" | fish_options "__fish_seen_subcommand_from $name"
        ! takes_id "$name" || printf "complete -c anocir -n '__fish_seen_subcommand_from %s' -a '(__anocir_ids)'\n" "$name"
    done
}

"${shell}_completion"
