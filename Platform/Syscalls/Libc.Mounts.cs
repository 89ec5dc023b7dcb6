using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

/// <summary>mount_setattr(2), version 0.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MountAttr
{
    internal ulong Set;
    internal ulong Clear;
    internal ulong Propagation;
    internal ulong UserNamespace;
}

/// <summary>openat2(2), version 0.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OpenHow
{
    internal ulong Flags;
    internal ulong Mode;
    internal ulong Resolve;
}

internal static unsafe partial class Libc
{
    // The C library names these calls late or never (openat2: glibc 2.43), so they go by number; the gate is the same function with its arguments spelt out.
    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint mount_open_tree(nint number, int dirfd, string path, uint flags);
    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint mount_move_mount(nint number, int from, string fromPath, int to, string toPath, uint flags);
    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint mount_fsopen(nint number, string type, uint flags);
    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint mount_fsconfig(nint number, int fd, uint command, string? key, string? value, int aux);
    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)] internal static partial nint mount_fsmount(nint number, int fd, uint flags, uint attributes);
    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint mount_fspick(nint number, int dirfd, string path, uint flags);
    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint mount_setattr(nint number, int dirfd, string path, uint flags, MountAttr* attributes, nuint size);
    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint mount_openat2(nint number, int dirfd, string path, OpenHow* how, nuint size);
    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint mount_statx(nint number, int dirfd, string path, int flags, uint mask, byte* buffer);
    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint mount_pivot_root(nint number, string newRoot, string oldRoot);

    [LibraryImport(Name, EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int mount_mount(string? source, string target, string? type, nuint flags, string? data);
    [LibraryImport(Name, EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int mount_umount2(string target, int flags);
    [LibraryImport(Name, EntryPoint = "fchdir", SetLastError = true)] internal static partial int mount_fchdir(int fd);
    [LibraryImport(Name, EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int mount_chdir(string path);
    [LibraryImport(Name, EntryPoint = "chroot", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int mount_chroot(string path);
    [LibraryImport(Name, EntryPoint = "umask")] internal static partial uint mount_umask(uint mask);
    [LibraryImport(Name, EntryPoint = "sethostname", SetLastError = true)] internal static partial int mount_sethostname(byte* name, nuint length);
    [LibraryImport(Name, EntryPoint = "setdomainname", SetLastError = true)] internal static partial int mount_setdomainname(byte* name, nuint length);
    [LibraryImport(Name, EntryPoint = "setsid", SetLastError = true)] internal static partial int mount_setsid();
    [LibraryImport(Name, EntryPoint = "fchmodat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int mount_fchmodat(int dirfd, string path, uint mode, int flags);
    [LibraryImport(Name, EntryPoint = "utimensat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int mount_utimensat(int dirfd, string path, long* times, int flags);
    [LibraryImport(Name, EntryPoint = "flistxattr", SetLastError = true)] internal static partial nint mount_flistxattr(int fd, byte* list, nuint size);
    [LibraryImport(Name, EntryPoint = "fgetxattr", SetLastError = true)] internal static partial nint mount_fgetxattr(int fd, byte* name, byte* value, nuint size);
    [LibraryImport(Name, EntryPoint = "fsetxattr", SetLastError = true)] internal static partial int mount_fsetxattr(int fd, byte* name, byte* value, nuint size, int flags);
}
