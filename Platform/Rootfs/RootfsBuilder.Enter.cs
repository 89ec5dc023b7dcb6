using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

public sealed partial class RootfsBuilder
{
    /// <summary>Makes the container's root the root of this process and lets the host's tree go; the working directory is "/".</summary>
    public void Enter()
    {
        var root = Root.Directory;
        if (_plan.NoPivot) MoveRoot(root);
        else PivotRoot(root);
        // After the old root is gone: a shared one would not have been let in, and the change must not reach the host.
        if (_plan.Propagation is { Flag: not MountPropagation.Private and not MountPropagation.Slave } propagation) SetPropagation(root, propagation, "/");
    }

    private void PivotRoot(FdHandle root)
    {
        using var old = _plan.Propagation is { Flag: MountPropagation.Shared } or { Recursive: false } ? Sys.Open("/", Sys.OPath | Sys.ODirectory) : null;
        ChangeDirectory(root);
        // pivot_root(2), "pivot_root(".", ".")": the old root ends up on top of the new one, and is what umount finds there.
        if (Libc.mount_pivot_root(SyscallNumber.PivotRoot, ".", ".") != 0) throw new SyscallException($"pivot_root {_plan.RootPath}", Marshal.GetLastPInvokeError());
        // Shared with the host, its unmounting would travel there.
        if (old is not null) SetPropagation(old, new MountPropagation(MountPropagation.Slave, true), "the old root");
        if (Libc.mount_umount2(".", Sys.MntDetach) != 0) throw new SyscallException("umount the old root", Marshal.GetLastPInvokeError());
        ChangeDirectory(root);
    }

    private void MoveRoot(FdHandle root)
    {
        HideKernelFileSystems();
        using var host = Sys.Open("/", Sys.OPath | Sys.ODirectory);
        var errno = Sys.TryMoveMount(root, host);
        if (errno != 0) throw new SyscallException($"move {_plan.RootPath} to /", errno);
        ChangeDirectory(root);
        if (Libc.mount_chroot(".") != 0) throw new SyscallException($"chroot {_plan.RootPath}", Marshal.GetLastPInvokeError());
        if (Libc.mount_chdir("/") != 0) throw new SyscallException("chdir /", Marshal.GetLastPInvokeError());
    }

    /// <summary>
    /// Without pivot_root the host's mounts stay in the namespace. A full procfs or sysfs among them would let the kernel
    /// grant the container another unmasked one, so they go, or are covered where they cannot go.
    /// </summary>
    private void HideKernelFileSystems()
    {
        var inside = _plan.RootPath == "/" ? "/" : _plan.RootPath + "/";
        foreach (var line in KernelFile.Read("/proc/self/mountinfo").Split('\n').Reverse())
        {
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-");
            if (dash < 5 || fields[dash + 1] is not ("proc" or "sysfs")) continue;
            var path = Unescape(fields[4]);
            if (path.StartsWith(inside, StringComparison.Ordinal)) continue;
            if (Libc.mount_umount2(path, Sys.MntDetach) == 0 || Marshal.GetLastPInvokeError() is Errno.ENOENT) continue;
            // Locked by a user namespace above ours: covered instead.
            using var cover = NewFileSystem.TryCreate("tmpfs", "tmpfs", ["nr_blocks=1", "nr_inodes=1"], MountAttributes.ReadOnly, out var errno, out _) ?? throw new SyscallException($"mount tmpfs on {path}", errno);
            using var target = Sys.Open(path, Sys.OPath | Sys.ODirectory);
            errno = Sys.TryMoveMount(cover, target);
            if (errno != 0) throw new SyscallException($"mount tmpfs on {path}", errno);
        }
    }

    /// <summary>mountinfo writes blanks and backslashes as three octal digits (proc(5)).</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\')) return field;
        var text = new System.Text.StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length)
            {
                text.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }

    private void ChangeDirectory(FdHandle directory)
    {
        if (Libc.mount_fchdir(directory.Value) != 0) throw new SyscallException($"chdir {_plan.RootPath}", Marshal.GetLastPInvokeError());
    }
}
