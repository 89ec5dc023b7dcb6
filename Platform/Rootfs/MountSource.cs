using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

/// <summary>The source of a bind mount as a detached tree: opened by the launcher with the host's credentials, or by init itself.</summary>
public static class MountSource
{
    /// <summary>Clones the source, with attributes and id mapping applied, ready to be attached.</summary>
    /// <param name="mount">A plan of kind <see cref="MountKind.Bind"/>.</param>
    /// <param name="userNamespace">Holds the mappings when <see cref="MountPlan.IdMap"/> is set.</param>
    /// <exception cref="SyscallException">With "mount SOURCE on DESTINATION" as its action.</exception>
    public static FdHandle Open(MountPlan mount, FdHandle? userNamespace)
    {
        var tree = Sys.TryOpenTree(null, mount.Source, Sys.OpenTreeClone | (mount.RecursiveBind ? Sys.AtRecursive : 0), out var errno)
            ?? throw new SyscallException($"mount {mount.Source} on {mount.Destination}", errno);
        try
        {
            Apply(tree, mount, userNamespace, recursive: false);
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    /// <summary>Sets the attributes of a mount that is not attached yet, so that it is never seen without them.</summary>
    internal static void Apply(FdHandle tree, MountPlan mount, FdHandle? userNamespace, bool recursive)
    {
        Set(tree, mount, recursive, mount.Attributes);
        Set(tree, mount, recursive: true, mount.RecursiveAttributes);
        if (mount.IdMap is not { } map) return;
        if (userNamespace is null) throw new ContainerException($"idmapped mount on {mount.Destination}: no user namespace was handed in");
        var errno = Sys.TrySetAttributes(tree, map.Recursive, MountAttributes.IdMap, 0, 0, userNamespace);
        if (errno != 0) throw new SyscallException($"map ids of mount {mount.Subject} on {mount.Destination}", errno);
    }

    private static void Set(FdHandle tree, MountPlan mount, bool recursive, MountAttributes attributes)
    {
        if (attributes.IsEmpty) return;
        var errno = Sys.TrySetAttributes(tree, recursive, attributes.Set, attributes.Clear, 0);
        if (errno != 0) throw new SyscallException($"set attributes of mount {mount.Subject} on {mount.Destination}", errno);
    }
}
