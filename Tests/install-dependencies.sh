#!/bin/sh
# Installs what is missing, by apt-get, and says nothing when all is there: install-dependencies.sh build|run|test|bench|vm
# The .NET SDK is not among it: it comes from Microsoft, and global.json says which.
set -eu
purpose=${1:-build}
PATH=$PATH:/usr/sbin:/sbin

# What NativeAOT links with, the C library's archive included: anocir is one static file.
build='cc=gcc file:/usr/include/zlib.h=zlib1g-dev file:/usr/include/*/sys/cdefs.h,/usr/include/sys/cdefs.h=libc6-dev'
# libseccomp: a supervisor without it refuses containers that have a seccomp filter.
run='lib:libseccomp.so.2=libseccomp2 file:/bin/busybox=busybox-static'
test='dockerd=docker.io docker=docker.io containerd=containerd ctr=containerd runc=runc podman=podman conmon=conmon crun=crun
      buildah=buildah newuidmap=uidmap ip=iproute2 ps=procps sqlite3=sqlite3 jq=jq strace=strace hyperfine=hyperfine
      setpriv=util-linux script=bsdutils'
# The virtual machine of Tests/Vm: QEMU emulates it, so no /dev/kvm is needed.
vm='qemu-system-x86_64=qemu-system-x86 qemu-img=qemu-utils mmdebstrap=mmdebstrap mke2fs=e2fsprogs debugfs=e2fsprogs cpio=cpio
    zstd=zstd lz4=lz4 xz=xz-utils depmod=kmod python3=python3-minimal flock=util-linux'
bench='runc=runc crun=crun hyperfine=hyperfine python3=python3-minimal'

case $purpose in
    build) wanted=$build ;;
    run) wanted="$build $run" ;;
    test) wanted="$build $run $test" ;;
    bench) wanted="$build $run $bench" ;;
    vm) wanted="$build $vm" ;;
    *) echo "usage: install-dependencies.sh build|run|test|bench|vm" >&2; exit 2 ;;
esac

is_there() {
    case $1 in
        lib:*) ldconfig -p | grep -qF "${1#lib:}" ;;
        # Any of them, by pattern: where a header lies depends on the architecture.
        file:*) for file in $(echo "${1#file:}" | tr , ' '); do [ ! -e "$file" ] || return 0; done; return 1 ;;
        *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

packages=
set -f
for pair in $wanted; do
    set +f
    if ! is_there "${pair%=*}"; then
        package=${pair#*=}
        case " $packages " in *" $package "*) ;; *) packages="$packages $package" ;; esac
    fi
    set -f
done
set +f

if ! command -v dotnet >/dev/null 2>&1; then
    echo "the .NET SDK $(sed -n 's/.*"version": *"\([0-9]*\).*/\1/p' "$(dirname "$0")/../global.json") is not installed: https://dotnet.microsoft.com/download" >&2
    exit 1
fi
[ -n "$packages" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "missing, by their Debian names:$packages" >&2
    exit 1
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "missing:$packages. Install them as root: apt-get install$packages" >&2
        exit 1
    fi
    as_root=sudo
fi

echo "installing$packages" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $as_root apt-get update -q && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    exit 1
fi
