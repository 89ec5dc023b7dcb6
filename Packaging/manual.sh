#!/bin/sh
# Prints anocir(8) in roff: the commands and options as anocir tells them, between what is written here. manual.sh ANOCIR
set -eu
anocir=$1
escaped() { sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\\([.']\\)/\\\\\&\\1/"; }
section() { sed -n "/^$1:\$/,/^\$/p" | sed -e 1d -e '/^$/d'; }
# "   --name value, -n value   help" becomes a tagged paragraph.
tagged() { sed -E -e 's/^   (-.*[^ ])  +([^ ].*)$/.TP\n.B \1\n\2/' | escaped_but_macros; }
escaped_but_macros() { sed -e '/^\.TP$/b' -e '/^\.B /{s/-/\\-/g;b' -e '}' -e 's/\\/\\e/g' -e 's/-/\\-/g'; }

version=$("$anocir" --help | sed -n '/^VERSION:/{n;s/ *//p;}')
cat <<END
.TH ANOCIR 8 "" "Anocir $version" "System administration"
.SH NAME
anocir \\- run containers of the Open Container Initiative
.SH SYNOPSIS
.B anocir
.RI [ "global options" ]
.I command
.RI [ "options" ]
.RI [ arguments ]
.SH DESCRIPTION
.B anocir
makes and runs containers from bundles: directories with a
.I config.json
and a root filesystem. It takes the commands, flags and file descriptors that
.BR runc (8)
takes, and prints what runc prints, so that Docker, containerd, Podman and others can use it in its place.
.PP
It is the small half of a pair. Each command is a request to
.BR anocir\\-supervisor (8),
which owns one actor per container, stores every step of its life and can be asked for it later, by
.BR "anocir history" .
The first command starts the supervisor when none is there.
.SH GLOBAL OPTIONS
END
"$anocir" --help | section 'GLOBAL OPTIONS' | tagged
echo '.SH COMMANDS'
"$anocir" --help | sed -n '/^COMMANDS:/,/^$/s/^   \([a-z]*\) .*/\1/p' | while read -r name; do
    help=$("$anocir" "$name" --help)
    usage=$(printf '%s\n' "$help" | section USAGE | sed -e 's/^ *//' | escaped)
    printf '.SS %s\n%s\n' "$(printf '%s' "$usage" | sed 's/^anocir //')" "$(printf '%s\n' "$help" | section NAME | sed 's/^ *anocir [a-z]* - //' | escaped)."
    description=$(printf '%s\n' "$help" | section DESCRIPTION | sed 's/^ *//' | escaped)
    [ -z "$description" ] || printf '.PP\n%s\n' "$description"
    printf '%s\n' "$help" | section OPTIONS | tagged
done
cat <<'END'
.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
an error, told on standard error and, with
.BR \-\-log ,
in that file
.TP
.B 3
there is no such command
.PP
.B anocir run
without
.B \-\-detach
exits as the container's program did; 128 and the signal's number when a signal ended it.
.SH ENVIRONMENT
.TP
.B ANOCIR_RUNTIME_DIR
where the supervisor's socket, journal, log and pid file are, and the containers that name no other
.BR \-\-root .
.TP
.B ANOCIR_CONFIG
handed on to a supervisor that is started; see
.BR anocir\-supervisor (8).
.SH FILES
.TP
.I /run/anocir
the runtime directory of root
.TP
.I $XDG_RUNTIME_DIR/anocir
that of anybody else
.TP
.I /etc/anocir/runtime.env
variables that
.B anocir\-runtime
sets before it becomes anocir: for engines that cannot set an environment
.SH EXAMPLES
.nf
mkdir \-p demo/rootfs/bin && cd demo
cp /bin/busybox rootfs/bin && ln \-s busybox rootfs/bin/sh
anocir spec
anocir run first
anocir history first
.fi
.SH SEE ALSO
.BR anocir\-supervisor (8),
.BR runc (8),
.BR crun (1)
END
