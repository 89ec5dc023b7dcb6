# unpack the payload of a bzImage: QEMU enters the plain ELF through its PVH note,
# which saves the guest (slow, emulated) from decompressing it
import struct, subprocess, sys
d = open(sys.argv[1], "rb").read()
off, n = struct.unpack_from("<II", d, 0x248)
p = d[((d[0x1f1] or 4) + 1) * 512 + off:][:n]
for magic, cmd in ((b"\x28\xb5\x2f\xfd", "zstd"), (b"\x02\x21\x4c\x18", "lz4"), (b"\xfd7zX", "xz"), (b"\x1f\x8b", "gzip")):
    if p.startswith(magic):
        # the payload ends in its unpacked size, which the tools call trailing rubbish
        e = subprocess.run([cmd, "-dc"], input=p, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        if len(e) != struct.unpack("<I", p[-4:])[0] or e[:4] != b"\x7fELF":
            sys.exit("short or strange kernel")
        open(sys.argv[2], "wb").write(e)
        sys.exit(0)
sys.exit("unknown compression")
