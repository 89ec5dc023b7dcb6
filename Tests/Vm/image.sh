# Sourced by vm.sh: makes the guest's root image and its kernels, once, in $VM_CACHE.
VM_KERNELS=${VM_KERNELS:-6.1 6.12}
VM_ROOT_SIZE=${VM_ROOT_SIZE:-8G}
# The mirror that this host's own apt is set up with, without the trailing /debian
VM_MIRROR=${VM_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | sed -n 's#/debian/*$##p' | sort -u | head -1)}
VM_BOOTSTRAP=${VM_BOOTSTRAP:-mmdebstrap}
IMAGE_VERSION=1 # raise when what is in the image changes

PKGS="systemd systemd-sysv dbus dbus-user-session libpam-systemd udev kmod procps psmisc
 iproute2 iputils-ping iptables nftables docker.io containerd runc crun conmon podman
 netavark aardvark-dns containernetworking-plugins tini busybox-static libseccomp2 seccomp
 criu strace jq hyperfine uidmap slirp4netns fuse-overlayfs python3-minimal ca-certificates
 libicu72 apparmor libcap2-bin attr acl e2fsprogs util-linux-extra less xz-utils zstd"

fetch_deb() { # PACKAGE -> path of its .deb in $VM_CACHE/debs
    local p=$1 d=$VM_CACHE/debs f
    mkdir -p "$d"
    (cd "$d" && apt-get -qq -o APT::Sandbox::User=root download "$p" >&2) || return 1
    f=$(ls -t "$d/${p}"_*.deb 2>/dev/null | head -1)
    [ -n "$f" ] && printf '%s\n' "$f"
}

bootstrap() { # DIR
    local R=$1 inc mm s
    if [ -n "${VM_BASE:-}" ]; then cp -a "$VM_BASE" "$R"; return; fi
    inc=$(printf '%s ' $PKGS ${VM_PKGS:-} | tr -s ' \n' ',' | sed 's/,$//')
    s=$VM_MIRROR/debian
    if [ "$VM_BOOTSTRAP" = mmdebstrap ]; then
        if mm=$(command -v mmdebstrap); then :; else
            # unpacked beside the cache, not installed on the host
            local f; f=$(fetch_deb mmdebstrap) && dpkg-deb -x "$f" "$VM_CACHE/tools" || die 125 "cannot get mmdebstrap; try VM_BOOTSTRAP=debootstrap"
            mm=$VM_CACHE/tools/usr/bin/mmdebstrap
        fi
        PATH=$VM_CACHE/tools/usr/bin:$PATH TMPDIR=$VM_CACHE "$mm" --mode=root --variant=minbase --include="$inc" \
            --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
            --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
            --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$R" \
            "deb $s bookworm main" "deb $s bookworm-updates main" "deb $s-security bookworm-security main"
    else
        need debootstrap
        debootstrap --variant=minbase --include="$inc" bookworm "$R" "$s" && chroot "$R" apt-get clean
    fi
}

customise() { # DIR : make the tree boot fast and run the agent
    local R=$1 S=$1/etc/systemd/system u g
    echo vm >"$R/etc/hostname"
    printf '127.0.0.1 localhost vm\n::1 localhost\n' >"$R/etc/hosts"
    : >"$R/etc/fstab"
    : >"$R/etc/resolv.conf"
    echo 5ca1ab1e0000400080000000c0ffee01 >"$R/etc/machine-id" # fixed: no first-boot work
    rm -rf "$R"/etc/systemd/system/{default,getty,sockets,timers,sysinit}.target.wants "$R"/etc/systemd/user/*.wants
    rm -f "$R"/etc/systemd/system/multi-user.target.wants/*
    ln -sf /lib/systemd/system/multi-user.target "$S/default.target"
    # Not started: docker, containerd, podman (start them from the script) and apparmor.service
    # (10 s of profile parsing; the LSM itself is on, and vm-apparmor loads the profiles)
    for u in systemd-{update-utmp,update-utmp-runlevel,random-seed,firstboot,machine-id-commit,hwdb-update,journal-catalog-update,update-done,journal-flush,sysusers,pcrphase,pcrphase-sysinit,repart,pstore,remount-fs,binfmt,boot-system-token}.service \
        systemd-ask-password-{wall,console}.path systemd-tmpfiles-clean.timer systemd-initctl.socket systemd-journald-audit.socket \
        getty-static.service getty.target apparmor.service proc-sys-fs-binfmt_misc.automount \
        modprobe@{dm_mod,drm,loop,efi_pstore}.service {cryptsetup,veritysetup,integritysetup,remote-fs}.target; do
        ln -sf /dev/null "$S/$u"
    done
    mkdir -p "$R/etc/systemd/system-generators"
    for g in cryptsetup fstab getty gpt-auto hibernate-resume integritysetup rc-local system-update sysv veritysetup debug run; do
        ln -sf /dev/null "$R/etc/systemd/system-generators/systemd-$g-generator"
    done
    mkdir -p "$R"/etc/systemd/{journald.conf.d,system.conf.d,user.conf.d,system/user@.service.d} "$R"/etc/docker "$R"/mnt/{share,out}
    printf '[Journal]\nStorage=volatile\nForwardToSyslog=no\n' >"$R/etc/systemd/journald.conf.d/vm.conf"
    printf '[Manager]\nDefaultTimeoutStartSec=300s\nDefaultTimeoutStopSec=30s\nDefaultDeviceTimeoutSec=300s\n' | tee "$R/etc/systemd/user.conf.d/vm.conf" >"$R/etc/systemd/system.conf.d/vm.conf"
    printf '[Service]\nDelegate=cpu cpuset io memory pids\nTimeoutStartSec=300s\n' >"$R/etc/systemd/system/user@.service.d/vm.conf"
    for u in kvm kvm_amd kvm_intel powernow_k8 acpi_cpufreq button evdev psmouse serio_raw pcspkr i2c_piix4 qemu_fw_cfg \
        aesni_intel sha512_ssse3 sha256_ssse3 sha1_ssse3 ghash_clmulni_intel crct10dif_pclmul crc32_pclmul polyval_clmulni \
        ata_piix ata_generic libata tpm_crb; do echo "blacklist $u"; done >"$R/etc/modprobe.d/vm.conf"
    echo '{"exec-opts":["native.cgroupdriver=systemd"],"storage-driver":"overlay2"}' >"$R/etc/docker/daemon.json"
    mkdir -p "$R"/etc/containerd "$R"/etc/containers
    # dockerd needs none of these plugins, and each costs start time
    printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.tracing.processor.v1.otlp"]\n' >"$R/etc/containerd/config.toml"
    printf '[storage]\ndriver = "overlay"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n' >"$R/etc/containers/storage.conf"
    echo containers:1000000:1000000 | tee -a "$R/etc/subuid" >>"$R/etc/subgid" # podman --userns=auto
    chroot "$R" passwd -d root >/dev/null
    chroot "$R" useradd -m -s /bin/bash -u 1000 tester
    grep -q ^tester: "$R/etc/subuid" || echo tester:100000:65536 >>"$R/etc/subuid"
    grep -q ^tester: "$R/etc/subgid" || echo tester:100000:65536 >>"$R/etc/subgid"

    # a busybox root file system as a tar (docker import) and as an OCI bundle
    local B=$R/usr/local/share/vm/bundle
    mkdir -p "$B"/rootfs/{bin,sbin,dev,proc,sys,tmp,etc,root,run,var}
    cp "$R/bin/busybox" "$B/rootfs/bin/busybox"
    chroot "$R" /bin/busybox --list | while read -r u; do [ "$u" = busybox ] || ln -sf busybox "$B/rootfs/bin/$u"; done
    printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$B/rootfs/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' >"$B/rootfs/etc/group"
    tar -C "$B/rootfs" --numeric-owner --owner=0 --group=0 -cf "$R/usr/local/share/vm/busybox.tar" .
    python3 "$HERE/bundle.py" "$B/config.json" || return 1

    install -m 0755 "$HERE"/guest/{as-tester,vm-apparmor} "$R/usr/local/bin/"
    install -m 0755 "$HERE/guest/vm-agent" "$R/usr/local/sbin/"
    install -m 0644 "$HERE/guest/vm-agent.service" "$S/"
    mkdir -p "$S/multi-user.target.wants"
    ln -sf /etc/systemd/system/vm-agent.service "$S/multi-user.target.wants/vm-agent.service"
    rm -rf "$R"/var/lib/apt/lists/* "$R"/var/cache/apt/*.bin "$R"/var/log/*.log "$R"/tmp/* "$R"/var/tmp/*
}

add_kernel() { # NAME ROOT STAGE : modules into ROOT; vmlinux, initrd into STAGE
    local name=$1 R=$2 D=$3 pkg f K x src m b W
    case $name in 6.1) pkg=linux-image-cloud-amd64 ;; *) pkg=linux-image-$name-cloud-amd64 ;; esac
    pkg=$(apt-cache depends "$pkg" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -1)
    [ -n "$pkg" ] || { say "kernel $name: no package in the apt sources (apt-get update?)"; return 1; }
    K=${pkg#linux-image-}
    if [ -f "/boot/vmlinuz-$K" ] && [ -d "/lib/modules/$K" ]; then src=
    else
        f=$(fetch_deb "$pkg") || { say "kernel $name: cannot download $pkg"; return 1; }
        rm -rf "$D/x"; mkdir -p "$D/x"; dpkg-deb -x "$f" "$D/x" || return 1; src=$D/x
    fi
    mkdir -p "$R/usr/lib/modules"
    cp -a "$src/lib/modules/$K" "$R/usr/lib/modules/" || return 1
    # unpacked modules load faster under emulation
    find "$R/usr/lib/modules/$K" -name '*.ko.xz' -print0 | xargs -0 -r -P2 -n64 xz -d
    depmod -b "$R" "$K" || return 1
    python3 "$HERE/unpack-kernel.py" "$src/boot/vmlinuz-$K" "$D/vmlinux-$name" || { say "kernel $name: cannot unpack vmlinuz"; return 1; }
    # a tiny initrd: static busybox and the modules that reach the root disk
    W=$D/ird; rm -rf "$W"; mkdir -p "$W"/{bin,mod,dev,new}
    cp "$R/bin/busybox" "$W/bin/busybox"; : >"$W/mods"
    for m in virtio_pci virtio_blk ext4; do modprobe -d "$R" -S "$K" --show-depends "$m" 2>/dev/null; done |
        awk '$1=="insmod" && !s[$2]++ {print $2}' | while read -r f; do
            b=${f##*/}; b=${b%.xz}
            case $f in *.xz) xz -dc "$f" ;; *) cat "$f" ;; esac >"$W/mod/$b"
            echo "/mod/$b" >>"$W/mods"
        done
    install -m 0755 "$HERE/guest/initrd-init" "$W/init"
    (cd "$W" && find . -print0 | cpio --null -o -H newc --quiet -R 0:0) >"$D/initrd-$name" || return 1
    echo "$K" >"$D/version-$name"
    rm -rf "$W" "$D/x"
}

build() {
    need qemu-system-x86_64 mke2fs debugfs cpio python3 zstd lz4 xz depmod modprobe apt-get dpkg-deb flock
    [ "$(id -u)" = 0 ] || die 125 "build needs root"
    mkdir -p "$VM_CACHE" || die 125 "cannot make $VM_CACHE"
    exec 7>"$VM_CACHE/lock"; flock -w 900 7 || die 125 "another build holds $VM_CACHE/lock"
    local want t0 t1 k
    want="v$IMAGE_VERSION $VM_BOOTSTRAP $VM_KERNELS $VM_ROOT_SIZE ${VM_PKGS:-}"
    if [ -f "$VM_CACHE/stamp" ] && [ "$(cat "$VM_CACHE/stamp")" = "$want" ]; then say "already built: $VM_CACHE"; return 0; fi
    t0=$(now); D=$VM_CACHE/build.$$ R=$VM_CACHE/build.$$/root # global: the trap reads them
    trap 'rm -rf "$D"' EXIT
    trap 'exit 130' INT TERM
    mkdir -p "$D"
    say "bootstrapping bookworm with $VM_BOOTSTRAP (log: $VM_CACHE/build.log) ..."
    bootstrap "$R" >"$VM_CACHE/build.log" 2>&1 </dev/null || { tail -15 "$VM_CACHE/build.log" >&2; die 125 "bootstrap failed"; }
    say "bootstrap: $(since "$t0") s, $(du -sm "$R" | cut -f1) MiB"
    t1=$(now)
    customise "$R" >>"$VM_CACHE/build.log" 2>&1 || { tail -15 "$VM_CACHE/build.log" >&2; die 125 "customising the root failed"; }
    for k in $VM_KERNELS; do add_kernel "$k" "$R" "$D" || die 125 "kernel $k failed"; done
    say "customise + kernels ($VM_KERNELS): $(since "$t1") s"
    t1=$(now); : >"$D/root.img"
    mke2fs -q -F -t ext4 -L root -m 0 -O ^has_journal -E lazy_itable_init=0,nodiscard -d "$R" "$D/root.img" "$VM_ROOT_SIZE" ||
        die 125 "mke2fs of the root image failed"
    say "mke2fs: $(since "$t1") s"
    rm -rf "$R"
    rm -rf "$VM_CACHE/stamp" "$VM_CACHE/warm" "$VM_CACHE"/{vmlinux,initrd,version}-*
    mv -f "$D"/* "$VM_CACHE"/ && echo "$want" >"$VM_CACHE/stamp"
    say "built in $(since "$t0") s: $(du -m "$VM_CACHE/root.img" | cut -f1) MiB on disk, kernels $(cat "$VM_CACHE"/version-* | tr '\n' ' ')"
}
