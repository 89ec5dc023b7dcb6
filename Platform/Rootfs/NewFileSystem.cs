using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

/// <summary>Makes mounts of filesystem types, detached until the caller attaches them.</summary>
internal static class NewFileSystem
{
    /// <summary>fsconfig(2) takes no value longer than this (255 bytes and the NUL).</summary>
    private const int ValueLimit = 255;

    /// <summary>fsopen, fsconfig, fsmount. Null and the errno when the kernel refuses; <paramref name="message"/> is what the filesystem said.</summary>
    internal static FdHandle? TryCreate(string type, string source, IReadOnlyList<string> data, ulong attributes, out int errno, out string? message)
    {
        message = null;
        using var context = Sys.TryFsOpen(type, out errno);
        if (context is null) return null;
        errno = Sys.TryFsConfig(context, Sys.FsConfigSetString, "source", source);
        if (errno == 0) errno = Configure(context, data);
        if (errno == 0) errno = Sys.TryFsConfig(context, Sys.FsConfigCreate);
        if (errno == 0 && Sys.TryFsMount(context, attributes, out errno) is { } mount) return mount;
        message = Sys.FsMessage(context);
        return null;
    }

    /// <summary>Other parameters for the superblock of what is mounted there.</summary>
    internal static int Reconfigure(FdHandle mount, IReadOnlyList<string> data, out string? message)
    {
        message = null;
        using var context = Sys.TryFsPick(mount, out var errno);
        if (context is null) return errno;
        errno = Configure(context, data);
        if (errno == 0) errno = Sys.TryFsConfig(context, Sys.FsConfigReconfigure);
        if (errno != 0) message = Sys.FsMessage(context);
        return errno;
    }

    /// <summary>True for parameters that only mount(2) carries: overlayfs with many layers.</summary>
    internal static bool NeedsOldCall(IReadOnlyList<string> data) => data.Any(static d => System.Text.Encoding.UTF8.GetByteCount(d) - d.IndexOf('=') - 1 > ValueLimit);

    /// <summary>mount(2) onto a descriptor, by its name in the host's /proc, which is still in place: 0 or the errno.</summary>
    internal static int TryOldCall(MountPlan mount, FdHandle destination)
    {
        nuint flags = (nuint)(mount.Attributes.Set & 0xF);
        if ((mount.Attributes.Set & MountAttributes.NoAtime) != 0) flags |= 1 << 10;
        if ((mount.Attributes.Set & MountAttributes.StrictAtime) != 0) flags |= 1 << 24;
        if ((mount.Attributes.Set & MountAttributes.NoDirAtime) != 0) flags |= 1 << 11;
        if ((mount.Attributes.Set & MountAttributes.NoSymFollow) != 0) flags |= 1 << 8;
        var data = new List<string>();
        foreach (var word in mount.Data)
        {
            switch (word)
            {
                case "ro": flags |= 1; break;
                case "sync": flags |= 1 << 4; break;
                case "mand": flags |= 1 << 6; break;
                case "dirsync": flags |= 1 << 7; break;
                case "lazytime": flags |= 1 << 25; break;
                case "async" or "nomand" or "nolazytime": break;
                default: data.Add(word); break;
            }
        }

        var errno = Libc.mount_mount(mount.Source, $"/proc/self/fd/{destination.Value}", mount.FileSystem, flags, string.Join(',', data)) == 0 ? 0 : Marshal.GetLastPInvokeError();
        GC.KeepAlive(destination);
        return errno;
    }

    private static int Configure(FdHandle context, IReadOnlyList<string> data)
    {
        foreach (var parameter in data)
        {
            var equals = parameter.IndexOf('=');
            var errno = equals < 0
                ? Sys.TryFsConfig(context, Sys.FsConfigSetFlag, parameter)
                : Sys.TryFsConfig(context, Sys.FsConfigSetString, parameter[..equals], parameter[(equals + 1)..]);
            if (errno != 0) return errno;
        }

        return 0;
    }
}
