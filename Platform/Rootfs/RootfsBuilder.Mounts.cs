using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

public sealed partial class RootfsBuilder
{
    private void Mount(int index)
    {
        var mount = _plan.Mounts[index];
        switch (mount.Kind)
        {
            case MountKind.Bind: Bind(mount, index); break;
            case MountKind.FileSystem: MountFileSystem(mount, index); break;
            case MountKind.Remount: Remount(mount); break;
            case MountKind.CgroupTree: MountCgroupTree(mount); break;
            case MountKind.Cgroup2: MountCgroup2(mount); break;
            default: throw new InvalidOperationException($"kind of mount {mount.Kind}");
        }
    }

    private void Bind(MountPlan mount, int index)
    {
        var handed = _sources.TryGetValue(index, out var source);
        source ??= MountSource.Open(mount, _handles.UserNamespaces.GetValueOrDefault(index));
        var propagation = mount.Propagation;
        // A tree opened outside is still a peer of the host's mounts, where ours became slaves with the rest.
        if (handed && propagation.Count == 0 && _plan.Propagation is not { Flag: MountPropagation.Shared })
            propagation = [new MountPropagation(MountPropagation.Slave, true)];
        using var target = OpenDestination(mount, () => Sys.Stat(source, mount.Source).IsDirectory, out _);
        if (mount.Destination == "/proc" && (Sys.FileSystemMagic(source, mount.Source) != Sys.ProcMagic || Sys.Stat(source, mount.Source).Inode != 1))
            throw new ContainerException("\"/proc\" cannot be mounted: only a procfs may be there");
        Attach(source, target, mount, propagation);
        Keep(mount, source);
    }

    private void MountFileSystem(MountPlan mount, int index)
    {
        using var target = OpenDestination(mount, static () => true, out var created);
        if (NewFileSystem.NeedsOldCall(mount.Data))
        {
            MountWithOldCall(mount, target);
            return;
        }

        var data = mount.Data;
        // A tmpfs takes the place of the directory under it, so it keeps its mode (unless the options say otherwise).
        if (mount.FileSystem == "tmpfs" && !created && !data.Any(static d => d.StartsWith("mode=", StringComparison.Ordinal)))
            data = [.. data, "mode=" + Convert.ToString(Sys.Stat(target, mount.Destination).Permissions, 8)];
        var tree = NewFileSystem.TryCreate(mount.FileSystem, mount.Source, data, mount.Attributes.Set, out var errno, out var message);
        if (tree is null)
        {
            if (errno != Errno.EPERM || mount.Fallback is null) throw Failed(mount, errno, message);
            BindFallback(mount, target, errno);
            return;
        }

        MountSource.Apply(tree, mount with { Attributes = default }, _handles.UserNamespaces.GetValueOrDefault(index), recursive: false);
        if (mount.CopyUp) TreeCopy.Copy(target, tree, mount.Destination);
        Attach(tree, target, mount, mount.Propagation);
        if (mount.ReadOnlyLast) _readOnlyLast.Add((Sys.Duplicate(tree), mount.Destination));
        Keep(mount, tree);
    }

    private void MountWithOldCall(MountPlan mount, FdHandle target)
    {
        var errno = NewFileSystem.TryOldCall(mount, target);
        if (errno != 0) throw Failed(mount, errno, null);
        if (mount.RecursiveAttributes.IsEmpty && mount.Propagation.Count == 0) return;
        using var top = Root.TryOpen(mount.Destination, out errno) ?? throw Failed(mount, errno, null);
        MountSource.Apply(top, mount with { Attributes = default, IdMap = null }, null, recursive: false);
        foreach (var propagation in mount.Propagation) SetPropagation(top, propagation, mount.Destination);
    }

    private void Remount(MountPlan mount)
    {
        using var target = Root.TryOpen(mount.Destination, out var errno) ?? throw new SyscallException($"remount {mount.Destination}", errno);
        if (!mount.RecursiveBind)
        {
            // Without bind the superblock is meant too, read-only or not.
            List<string> data = [.. mount.Data];
            if ((mount.Attributes.Set & MountAttributes.ReadOnly) != 0) data.Add("ro");
            else if ((mount.Attributes.Clear & MountAttributes.ReadOnly) != 0) data.Add("rw");
            if (data.Count > 0 && (errno = NewFileSystem.Reconfigure(target, data, out var message)) != 0)
                throw new SyscallException(message is null ? $"remount {mount.Destination}" : $"remount {mount.Destination} ({message})", errno);
        }

        MountSource.Apply(target, mount, null, recursive: false);
        foreach (var propagation in mount.Propagation) SetPropagation(target, propagation, mount.Destination);
    }

    /// <summary>What stands in for a filesystem that a user namespace may not mount. Never writable: it is the host's (CVE-2023-25809).</summary>
    private static void BindFallback(MountPlan mount, FdHandle target, int refused)
    {
        var tree = mount.Fallback!.Length == 0
            ? NewFileSystem.TryCreate("tmpfs", "tmpfs", ["nr_blocks=1", "nr_inodes=1", "mode=555"], mount.Attributes.Set, out var errno, out _)
            : Sys.TryOpenTree(null, mount.Fallback, Sys.OpenTreeClone | Sys.AtRecursive, out errno);
        if (tree is null) throw Failed(mount, refused, null);
        var readOnly = mount with { Attributes = mount.Attributes.With(MountAttributes.ReadOnly, 0), IdMap = null };
        // What our own namespace locked cannot be cleared, and need not be.
        MountSource.Apply(tree, readOnly with { Attributes = new MountAttributes(readOnly.Attributes.Set & ~MountAttributes.AtimeMask, 0) }, null, recursive: true);
        Attach(tree, target, mount, mount.Propagation);
        tree.Dispose();
    }

    /// <summary>The place a mount goes to, made if it is missing, and refused where an image could fake the kernel's files.</summary>
    private FdHandle OpenDestination(MountPlan mount, Func<bool> wantsDirectory, out bool created)
    {
        var target = OpenInDev(mount, out created) ?? (mount.OrdinaryDirectory ? OpenOrdinaryDirectory(mount, out created) : Root.OpenOrCreate(mount.Destination, wantsDirectory, out created));
        // Wherever the symlinks of the image led: nothing but the known files may be covered in a procfs.
        if (mount.Destination != "/proc" && Sys.FileSystemMagic(target, mount.Destination) == Sys.ProcMagic && !MountPlanner.MayCover(mount.Destination))
        {
            target.Dispose();
            throw new ContainerException($"\"{mount.Destination}\" cannot be mounted because it is inside /proc");
        }

        return target;
    }

    /// <summary>/dev/pts and its like, which a fresh /dev lacks: two calls instead of a walk.</summary>
    private FdHandle? OpenInDev(MountPlan mount, out bool created)
    {
        created = false;
        if (_dev is null || mount.Kind == MountKind.Bind || !mount.Destination.StartsWith("/dev/", StringComparison.Ordinal)) return null;
        var name = mount.Destination[5..];
        if (name.Contains('/') || ContainerRoot.TryMakeDirectory(_dev, name) != 0) return null;
        created = true;
        return Sys.TryOpen(_dev, name, Sys.OPath | Sys.ODirectory | Sys.ONoFollow, 0, out _);
    }

    private FdHandle OpenOrdinaryDirectory(MountPlan mount, out bool created)
    {
        created = false;
        var target = Root.TryOpen(mount.Destination, out var errno, Sys.ResolveNoSymlinks);
        if (target is null && errno == Errno.ENOENT)
        {
            target = Root.OpenOrCreate(mount.Destination, static () => true, out created);
            if (!created)
            {
                target.Dispose();
                target = null;
            }
        }

        if (target is null || !Sys.Stat(target, mount.Destination).IsDirectory)
        {
            target?.Dispose();
            if (target is null && errno is not (Errno.ELOOP or Errno.ENOENT)) throw new SyscallException($"open {mount.Destination} in the root filesystem", errno);
            throw new ContainerException($"filesystem \"{mount.FileSystem}\" must be mounted on ordinary directory");
        }

        return target;
    }

    private static void Attach(FdHandle tree, FdHandle target, MountPlan mount, IReadOnlyList<MountPropagation> propagation)
    {
        var errno = Sys.TryMoveMount(tree, target);
        if (errno != 0) throw Failed(mount, errno, null);
        // After the attachment: a shared parent would make it shared again.
        foreach (var change in propagation) SetPropagation(tree, change, mount.Destination);
    }

    /// <summary>Keeps what later steps work under; everything else is done with.</summary>
    private void Keep(MountPlan mount, FdHandle tree)
    {
        switch (mount.Destination)
        {
            case "/dev":
                _dev?.Dispose();
                _devpts?.Dispose();
                _devpts = null;
                _dev = tree;
                break;
            case "/dev/pts" when mount.FileSystem == "devpts":
                _devpts?.Dispose();
                _devpts = tree;
                break;
            case "/proc" when IsWholeProc(mount):
                _proc?.Dispose();
                _proc = ProcHandle.Of(tree);
                break;
            default:
                tree.Dispose();
                break;
        }
    }

    private static bool IsWholeProc(MountPlan mount) =>
        mount is { Kind: MountKind.FileSystem, FileSystem: "proc", Data.Count: 0 } && ((mount.Attributes.Set | mount.RecursiveAttributes.Set) & MountAttributes.ReadOnly) == 0;

    private static SyscallException Failed(MountPlan mount, int errno, string? message)
    {
        var action = $"mount {mount.Subject} on {mount.Destination}";
        return new SyscallException(message is null ? action : $"{action} ({message})", errno);
    }
}
