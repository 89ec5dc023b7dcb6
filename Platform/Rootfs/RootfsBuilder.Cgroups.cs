using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

public sealed partial class RootfsBuilder
{
    /// <summary>The usual picture of cgroup v1: a tmpfs with a directory for each hierarchy and links for the names of combined ones.</summary>
    private void MountCgroupTree(MountPlan mount)
    {
        using var target = OpenDestination(mount, static () => true, out _);
        var attributes = mount.Attributes.Without(MountAttributes.ReadOnly);
        using var tree = NewFileSystem.TryCreate("tmpfs", "cgroup", ["mode=755"], attributes.Set, out var errno, out var message) ?? throw Failed(mount, errno, message);
        Attach(tree, target, mount, mount.Propagation);
        foreach (var hierarchy in mount.Hierarchies) MountHierarchy(mount, hierarchy, tree);
        if ((mount.Attributes.Set & MountAttributes.ReadOnly) == 0) return;
        errno = Sys.TrySetAttributes(tree, false, MountAttributes.ReadOnly, 0, 0);
        if (errno != 0) throw Failed(mount, errno, null);
    }

    private static void MountHierarchy(MountPlan mount, CgroupHierarchy hierarchy, FdHandle tree)
    {
        var destination = $"{mount.Destination}/{hierarchy.Directory}";
        var errno = ContainerRoot.TryMakeDirectory(tree, hierarchy.Directory);
        using var target = errno == 0 ? Sys.TryOpen(tree, hierarchy.Directory, Sys.OPath | Sys.ODirectory | Sys.ONoFollow, 0, out errno) : null;
        if (target is null) throw new SyscallException($"create {destination}", errno);
        FdHandle? source = null;
        // With a cgroup namespace the container's cgroup is the root of a new mount; a user namespace of its own may not make one (EPERM).
        if (mount.CgroupNamespace) source = NewFileSystem.TryCreate("cgroup", "cgroup", hierarchy.Options, mount.Attributes.Set, out _, out _);
        if (source is null)
        {
            source = Sys.TryOpenTree(null, hierarchy.HostPath, Sys.OpenTreeClone, out errno);
            // A rootless container has no cgroup where its user may make none: there is nothing to show.
            if (source is null && errno == Errno.ENOENT) return;
            if (source is null) throw new SyscallException($"mount {hierarchy.HostPath} on {destination}", errno);
            MountSource.Apply(source, mount with { Destination = destination }, null, recursive: false);
        }

        using (source)
        {
            errno = Sys.TryMoveMount(source, target);
            if (errno != 0) throw new SyscallException($"mount cgroup {hierarchy.Directory} on {destination}", errno);
        }

        foreach (var link in hierarchy.Links)
        {
            if (link == hierarchy.Directory || Libc.symlinkat(hierarchy.Directory, tree.Value, link) == 0) continue;
            throw new SyscallException($"symlink {mount.Destination}/{link}", Marshal.GetLastPInvokeError());
        }
    }

    private void MountCgroup2(MountPlan mount)
    {
        using var target = OpenDestination(mount, static () => true, out _);
        using var tree = NewFileSystem.TryCreate("cgroup2", mount.Source, mount.Data, mount.Attributes.Set, out var errno, out var message);
        if (tree is not null)
        {
            MountSource.Apply(tree, mount with { Attributes = default }, null, recursive: false);
            Attach(tree, target, mount, mount.Propagation);
            return;
        }

        // EPERM: a user namespace without a cgroup namespace of its own. EBUSY: v1 holds the controllers.
        if (errno is not (Errno.EPERM or Errno.EBUSY)) throw Failed(mount, errno, message);
        BindFallback(mount, target, errno);
    }
}
