#!/bin/bash
# vm.sh - run a script as root inside a throw-away Debian 12 virtual machine with
# systemd and pure cgroup v2, under QEMU software emulation (TCG, no /dev/kvm).
#
#   vm.sh build                              make root image + kernels (once) in $VM_CACHE
#   vm.sh run SCRIPT|- [SHAREDIR [ARG...]]   boot, run SCRIPT in the guest, exit with its status
#   vm.sh shell [SHAREDIR]                   boot to a root shell on this terminal
#   vm.sh info | clean                       what is cached | remove the cache
#
# In the guest the script runs as root, stdin /dev/null, in its own delegated cgroup:
#   /mnt/share    SHAREDIR, read-only        /mnt/out    writable, copied to $VM_OUT at the end
#   as-tester CMD...   runs CMD as user "tester" (uid 1000) in that user's systemd manager
#   /usr/local/share/vm/busybox.tar, .../bundle   a busybox rootfs (docker import) and an OCI bundle
# stdout+stderr of the script stream to this command's stdout; rig messages go to stderr.
#
# Exit status: the script's own; 124 = it ran past VM_TIMEOUT; 125 = the rig failed
# (no boot, kernel panic, powered off early...); 2 = usage.
#
# Environment (defaults in brackets)
#   VM_CACHE   [${XDG_CACHE_HOME:-~/.cache}/anocir-vm] VM_KERNEL [6.12] or 6.1      VM_CPUS [2]  VM_MEM [4096] MiB
#   VM_TIMEOUT [600] s for the script   VM_BOOT_TIMEOUT [180] s      VM_CPU  [max]
#   VM_OUT     dir that receives /mnt/out [none: thrown away]        VM_OUT_SIZE [4G]
#   VM_RO      "HOSTDIR:GUESTDIR ..."   more read-only dirs (images cached by content listing)
#   VM_ENV     "NAME NAME ..."          host variables to export to the script
#   VM_APPEND  more kernel parameters   VM_QEMU more qemu arguments  VM_CONSOLE file for the console log
#   VM_KEEP=1  keep the work dir        VM_QUIET=1 no timing line
#   VM_WARM=1  start from a saved state of the booted guest (made on first use) and not from a
#              cold boot; VM_WARM_PRE=SCRIPT runs in it before it is saved ("systemctl start docker")
#   build only: VM_PKGS more packages, VM_BOOTSTRAP [mmdebstrap] or debootstrap,
#               VM_ROOT_SIZE [8G], VM_MIRROR, VM_KERNELS ["6.1 6.12"], VM_BASE (a tree
#               bootstrapped before, copied in place of a new bootstrap)
set -u -o pipefail
export LC_ALL=C
umask 022
PATH=$PATH:/usr/sbin:/sbin

SELF=$(readlink -f "$0")
HERE=$(dirname "$SELF")
VM_CACHE=${VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/anocir-vm}
VM_KERNEL=${VM_KERNEL:-6.12}
VM_CPUS=${VM_CPUS:-2}
VM_MEM=${VM_MEM:-4096}
VM_CPU=${VM_CPU:-max}
VM_TIMEOUT=${VM_TIMEOUT:-600}
VM_BOOT_TIMEOUT=${VM_BOOT_TIMEOUT:-180}
VM_OUT_SIZE=${VM_OUT_SIZE:-4G}

say() { printf 'vm.sh: %s\n' "$*" >&2; }
die() { local rc=$1; shift; say "$*"; exit "$rc"; }
now() { printf '%s\n' "${EPOCHREALTIME/,/.}"; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN{printf "%.1f", b-a}'; }
need() {
    local c miss=
    for c; do command -v "$c" >/dev/null || miss+=" $c"; done
    [ -z "$miss" ] || die 125 "missing on the host:$miss (Tests/install-dependencies.sh vm)"
}
usage() { sed -n '2,/^set -u/{/^#/s/^# \{0,1\}//p}' "$SELF" >&2; exit 2; }

. "$HERE/image.sh"

mkimg() { # DIR FILE : read-only ext4 image of DIR
    local d=$1 f=$2 kb n
    read -r kb < <(du -sk --apparent-size "$d" | cut -f1)
    n=$(find "$d" -xdev | wc -l)
    : >"$f"
    kb=$((kb + kb / 10 + n * 6 + 32768)) # sparse, so generous
    mke2fs -q -F -t ext4 -m 0 -b 4096 -N $((n + n / 8 + 512)) -O ^has_journal,^resize_inode -E lazy_itable_init=0,nodiscard,root_owner=0:0 -d "$d" "$f" "${kb}k" &&
        truncate -s "$SHARE_SIZE" "$f"
}
dirimg() { # DIR -> cached image; rebuilt when names, sizes, times, modes or owners change
    local d=$1 key f
    d=$(readlink -f "$d")
    key=$( (echo "$d"; find "$d" -xdev -printf '%P\t%y%m %U:%G %s %T@ %l\n' | sort) | sha256sum | cut -c1-32)
    f=$VM_CACHE/dirs/$key.img
    mkdir -p "$VM_CACHE/dirs"
    (
        flock -w 600 6 || exit 1
        if [ -f "$f" ]; then touch "$f"; else
            mkimg "$d" "$f.tmp.$$" && mv "$f.tmp.$$" "$f" || { rm -f "$f.tmp.$$"; exit 1; }
            ls -t "$VM_CACHE"/dirs/*.img | tail -n +9 | xargs -r rm -f # keep the 8 used last
        fi
    ) 6>"$VM_CACHE/dirs/lock" || return 1
    printf '%s\n' "$f"
}

SHARE_SIZE=32G # virtual size of every read-only disk: a saved state needs fixed sizes
disk_args() { # ID FILE OPTIONS... : append one virtio disk to Q
    local id=$1 f=$2; shift 2
    Q+=(-drive "if=none,id=$id,file=$f$(printf ',%s' "$@")" -device "virtio-blk-pci,drive=$id,serial=vm$id")
}
ctl_disk() { # MODE SCRIPT|-|'' FILE ARG... : a plain tar with the script, its arguments and the settings
    local mode=$1 script=$2 out=$3 c=$W/c v; shift 3
    rm -rf "$c"; mkdir "$c"
    case $script in -) cat >"$c/script" ;; '') : >"$c/script" ;; *) cat "$script" >"$c/script" ;; esac || die 125 "cannot read $script"
    : >"$c/args"; [ $# = 0 ] || printf '%s\0' "$@" >"$c/args"
    for v in ${VM_ENV:-}; do [ -z "${!v+x}" ] || printf 'export %s=%q\n' "$v" "${!v}"; done >"$c/env"
    printf '%s\n' "${MOUNTS[@]}" | sed '/^$/d' >"$c/mounts"
    {
        printf 'VM_ID=%s\n' "$$.$RANDOM.$(date +%s%N)" # first: the guest looks for it in the first block
        printf 'VM_MODE=%q VM_TIMEOUT=%q VM_NOW=%q VM_TERM=%q VM_SEED=%q\n' "$mode" "$VM_TIMEOUT" "$(date +%s.%N)" "${TERM:-vt100}" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
        if [ "$mode" = shell ]; then stty size 2>/dev/null | sed 's/\(.*\) \(.*\)/VM_ROWS=\1 VM_COLS=\2/'; fi
    } >"$c/conf"
    tar -C "$c" --owner=0 --group=0 -cf "$out" conf script args env mounts || die 125 "cannot make the control disk"
    [ "$(stat -c %s "$out")" -le $((16 << 20)) ] || die 125 "script larger than 16 MiB: put it in SHAREDIR"
    truncate -s 16M "$out"
}
machine_args() { # KERNEL : sets Q
    local a
    a="console=ttyS0 quiet loglevel=3 panic=-1 root=/dev/vda rw rootfstype=ext4 systemd.show_status=0 systemd.unified_cgroup_hierarchy=1"
    a+=" mitigations=off tsc=reliable no_timer_check cryptomgr.notests 8250.nr_uarts=1 audit=0 nowatchdog random.trust_cpu=on ${VM_APPEND:-}"
    Q=(-nodefaults -no-user-config -machine pc -accel tcg,thread=multi,tb-size=1024 -cpu "$VM_CPU"
        -smp "$VM_CPUS" -m "$VM_MEM" -display none -no-reboot
        -kernel "$VM_CACHE/vmlinux-$1" -initrd "$VM_CACHE/initrd-$1" -append "$a")
}
port_args() { # 'CHARDEV of vm.ctl' 'CHARDEV of vm.out'
    Q+=(-device virtio-serial-pci -chardev "$1,id=ctlc" -device virtserialport,chardev=ctlc,name=vm.ctl
        -chardev "$2,id=outc" -device virtserialport,chardev=outc,name=vm.out)
}
watch_ctl() { # reads the fifo $W/ctl into $W/ctl.log with host times; sets rpid
    mkfifo "$W/ctl" || die 125 "mkfifo failed"
    : >"$W/ctl.log"
    while read -r line; do echo "$(now) $line"; done <"$W/ctl" >>"$W/ctl.log" & rpid=$!
}
stop_watch() { # qemu's end closes the fifo; if it never opened it, end the reader
    local i
    for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$rpid" 2>/dev/null || break; sleep 0.1; done
    kill "$rpid" 2>/dev/null; wait "$rpid" 2>/dev/null
}
run_qemu() { # LOG-WORD : runs qemu with Q in the background till it ends; sets rc (status, boot or time)
    local started='' limit
    mkfifo "$W/stdout"; cat <"$W/stdout" & cpid=$!
    watch_ctl
    qemu-system-x86_64 "${Q[@]}" </dev/null >"$W/qemu.out" 2>"$W/qemu.err" & qpid=$!
    limit=$((SECONDS + VM_BOOT_TIMEOUT)) rc=
    while kill -0 "$qpid" 2>/dev/null; do
        sleep 0.1
        if [ -z "$started" ] && grep -q ' START ' "$W/ctl.log"; then started=1 limit=$((SECONDS + VM_TIMEOUT + 60)); fi
        if [ -n "${1:-}" ] && grep -q " $1" "$W/ctl.log"; then return 0; fi
        [ "$SECONDS" -lt "$limit" ] || { kill -9 "$qpid" 2>/dev/null; rc=${started:+time}; rc=${rc:-boot}; break; }
    done
    end_qemu
}
end_qemu() {
    wait "$qpid" 2>/dev/null || rc=${rc:-$?}
    qpid=
    # a qemu that failed early never opened the fifo: open and close it so that cat ends
    : 3<>"$W/stdout"
    kill -0 "$cpid" 2>/dev/null && [ -s "$W/qemu.err" ] && [ ! -s "$W/ctl.log" ] && kill "$cpid" 2>/dev/null
    wait "$cpid" 2>/dev/null
    stop_watch
}
report_failure() { # rc without a status from the guest
    [ ! -s "$W/qemu.err" ] || sed 's/^/vm.sh: qemu: /' "$W/qemu.err" >&2
    [ ! -s "$W/console" ] || { say "last lines of the console:"; tail -n 25 "$W/console" | tr -d '\r' >&2; }
    case $1 in
    boot) die 125 "the guest did not start the script within VM_BOOT_TIMEOUT=$VM_BOOT_TIMEOUT s" ;;
    time) die 124 "killed: the guest hung past VM_TIMEOUT=$VM_TIMEOUT s" ;;
    *) die 125 "the guest ended without a status (qemu exit ${1:-0}): panic, early poweroff or a qemu error" ;;
    esac
}

warm() { # KERNEL : makes the saved state if missing; sets WARM to its directory
    local k=$1 key t0
    key=$( (cat "$VM_CACHE/stamp" "$VM_CACHE/version-$k"; stat -c '%i %Y' "$VM_CACHE/root.img"; qemu-system-x86_64 --version
        echo "$VM_CPUS $VM_MEM $VM_CPU ${VM_APPEND:-} $VM_OUT_SIZE $SHARE_SIZE ${VM_QEMU:-}"; grep -m1 'model name' /proc/cpuinfo
        [ -z "${VM_WARM_PRE:-}" ] || cat "$VM_WARM_PRE") | sha256sum | cut -c1-16)
    WARM=$VM_CACHE/warm/$key
    mkdir -p "$VM_CACHE/warm"
    exec 5>"$VM_CACHE/warm/lock"; flock -w 900 5 || die 125 "another run holds $VM_CACHE/warm/lock"
    if [ -f "$WARM/state" ]; then touch "$WARM/state"; exec 5>&-; return 0; fi
    say "making a saved state of the booted guest (once) ..."
    t0=$(now)
    MOUNTS=()
    ctl_disk warm "${VM_WARM_PRE:-}" "$W/ctl.tar"
    truncate -s "$VM_OUT_SIZE" "$W/out.img"; truncate -s "$SHARE_SIZE" "$W/empty.img"
    qemu-img create -q -f qcow2 -F raw -b "$VM_CACHE/root.img" "$W/root.qcow2" || die 125 "qemu-img failed"
    machine_args "$k"
    disk_args root "$W/root.qcow2" format=qcow2 cache=unsafe
    warm_disks
    port_args "file,path=$W/ctl" "file,path=$W/stdout"
    Q+=(-serial "file:$W/console" -qmp "unix:$W/qmp,server=on,wait=off" ${VM_QEMU:-})
    run_qemu READY >&2
    if ! grep -q ' READY' "$W/ctl.log"; then
        grep -E ' (NOTE|ERROR) ' "$W/ctl.log" | sed 's/^[^ ]* /vm.sh: guest: /' >&2
        report_failure "$rc"
    fi
    timeout 120 python3 "$HERE/save-state.py" "$W/qmp" "$W/state" || die 125 "could not save the state of the guest"
    end_qemu
    mkdir -p "$WARM" && mv "$W/root.qcow2" "$WARM/" && mv "$W/state" "$WARM/state" || die 125 "cannot keep the saved state"
    ls -td "$VM_CACHE"/warm/*/ | tail -n +6 | xargs -r rm -rf # keep the 5 used last
    say "saved state: $(since "$t0") s, $(du -sm "$WARM" | cut -f1) MiB"
    rm -f "$W"/{ctl.tar,out.img,ctl,ctl.log,stdout,console,qmp}
    exec 5>&-
}
warm_disks() { # the same disks, in the same order, for the saved and the restored guest
    local i f
    disk_args ctl "$W/ctl.tar" format=raw readonly=on
    disk_args out "$W/out.img" format=raw cache=unsafe discard=unmap
    for i in 0 1 2 3; do
        f=${RO[$i]:-$W/empty.img}
        disk_args "ro$i" "$f" format=raw readonly=on
    done
}

boot() { # MODE SCRIPT SHAREDIR ARG...
    local mode=$1 script=$2 share=$3; shift 3
    local k=$VM_KERNEL rpid cpid rc='' line st t0 i f hd gd v status
    RO=() MOUNTS=() Q=() WARM='' qpid=''
    need qemu-system-x86_64 qemu-img mke2fs debugfs e2fsck tar python3 flock
    [ -f "$VM_CACHE/stamp" ] || build || exit 125
    [ -f "$VM_CACHE/vmlinux-$k" ] || die 125 "no kernel $k in $VM_CACHE (have: $(cd "$VM_CACHE" && echo vmlinux-*))"
    W=$(mktemp -d "$VM_CACHE/run.XXXXXX") || die 125 "cannot make a work dir"
    export TMPDIR=$W # qemu keeps the snapshot overlay here
    trap '[ -z "$qpid" ] || kill -9 "$qpid" 2>/dev/null; [ -n "${VM_KEEP:-}" ] || rm -rf "$W"' EXIT
    trap 'exit 130' INT; trap 'exit 143' TERM HUP

    [ -z "${VM_WARM:-}" ] || [ "$mode" != run ] || warm "$k"
    for v in ${share:+"$share:/mnt/share"} ${VM_RO:-}; do
        hd=${v%:*} gd=${v##*:}
        [ -d "$hd" ] && [ "$hd" != "$v" ] || die 2 "VM_RO: $v is not HOSTDIR:GUESTDIR"
        f=$(dirimg "$hd") || die 125 "cannot make an image of $hd"
        MOUNTS+=("vmro${#RO[@]} $gd"); RO+=("$f")
    done
    [ "${#RO[@]}" -le 4 ] || die 2 "at most 4 read-only directories"
    truncate -s "$VM_OUT_SIZE" "$W/out.img"; truncate -s "$SHARE_SIZE" "$W/empty.img"
    mke2fs -q -F -t ext4 -m 0 -O ^has_journal "$W/out.img" || die 125 "cannot make the out disk"

    t0=$(now)
    ctl_disk "$mode" "$script" "$W/ctl.tar" "$@"
    machine_args "$k"
    if [ -n "$WARM" ]; then
        disk_args root "$WARM/root.qcow2" format=qcow2 snapshot=on cache=unsafe
        Q+=(-incoming "exec:cat '$WARM/state'")
    else
        disk_args root "$VM_CACHE/root.img" format=raw snapshot=on cache=unsafe
    fi
    warm_disks
    if [ "$mode" = shell ]; then
        port_args "file,path=$W/ctl" null
        Q+=(-serial mon:stdio ${VM_QEMU:-})
        watch_ctl
        qemu-system-x86_64 "${Q[@]}" 2>"$W/qemu.err"; rc=$?
        stop_watch
    else
        port_args "file,path=$W/ctl" "file,path=$W/stdout"
        # the saved machine had a monitor socket, which is no part of the saved state
        Q+=(-serial "file:$W/console" ${VM_QEMU:-})
        run_qemu
    fi

    [ -z "${VM_CONSOLE:-}" ] || cp "$W/console" "$VM_CONSOLE" 2>/dev/null
    grep -E ' (NOTE|ERROR) ' "$W/ctl.log" | sed 's/^[^ ]* /vm.sh: guest: /' >&2
    status=$(sed -n 's/^[^ ]* EXIT \([0-9]*\).*/\1/p' "$W/ctl.log" | tail -1)
    st=$(sed -n 's/^\([^ ]*\) START .*/\1/p' "$W/ctl.log" | head -1)
    if [ -n "${VM_OUT:-}" ]; then
        mkdir -p "$VM_OUT" && e2fsck -fy "$W/out.img" >/dev/null 2>&1
        debugfs -R "rdump / \"$(readlink -f "$VM_OUT")\"" "$W/out.img" >/dev/null 2>"$W/rdump.err" || cat "$W/rdump.err" >&2
        rmdir "$VM_OUT/lost+found" 2>/dev/null
    fi
    if [ -z "${VM_QUIET:-}" ] && [ -n "$st" ]; then
        say "$(awk -v a="$t0" -v s="$st" -v e="$(now)" 'BEGIN{printf "start to script %.1f s, whole run %.1f s", s-a, e-a}'), kernel $(cat "$VM_CACHE/version-$k")${WARM:+ (saved state)}, status ${status:-none}"
    fi
    [ -n "$status" ] || report_failure "$rc"
    # the guest names the control disk that it acted on: it must be this run's
    if [ "$status" != 125 ] && ! grep -q "^[^ ]* START [^ ]* $(sed -n 's/^VM_ID=//p' "$W/c/conf")\$" "$W/ctl.log"; then
        [ -z "$WARM" ] || rm -rf "$WARM"
        die 125 "the guest ran something other than this script (saved state dropped; try again)"
    fi
    exit "$status"
}

case ${1:-} in
build) build ;;
run)
    shift; [ $# -ge 1 ] || usage
    s=$1; shift
    [ "$s" = - ] || [ -r "$s" ] || die 2 "cannot read $s"
    d=${1:-}; [ $# = 0 ] || shift
    [ -z "$d" ] || [ -d "$d" ] || die 2 "not a directory: $d"
    boot run "$s" "$d" "$@" ;;
shell)
    [ -z "${2:-}" ] || [ -d "$2" ] || die 2 "not a directory: $2"
    boot shell "" "${2:-}" ;;
info)
    [ -f "$VM_CACHE/stamp" ] || die 1 "not built: $VM_CACHE"
    echo "stamp:   $(cat "$VM_CACHE/stamp")"
    for f in "$VM_CACHE"/version-*; do echo "kernel:  ${f##*version-} = $(cat "$f")"; done
    du -h "$VM_CACHE"/root.img "$VM_CACHE"/vmlinux-* "$VM_CACHE"/initrd-* "$VM_CACHE"/dirs 2>/dev/null ;;
clean) case $VM_CACHE in /*/*) rm -rf "$VM_CACHE" ;; *) die 2 "will not remove $VM_CACHE" ;; esac ;;
*) usage ;;
esac
