using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

/// <summary>
/// Carries a <see cref="RootfsPlan"/> out, inside the container's mount namespace with the host's tree still in place:
/// <see cref="Prepare"/>, then <see cref="Enter"/>, then <see cref="OpenConsole"/> where a terminal is wanted, then <see cref="Finish"/>.
/// Single-threaded. Descriptors of the root, of /dev and of devpts are kept from step to step: no path of the container is walked twice.
/// </summary>
public sealed partial class RootfsBuilder : IDisposable
{
    private readonly RootfsPlan _plan;
    private readonly RootfsHandles _handles;
    private readonly List<(FdHandle Mount, string Destination)> _readOnlyLast = [];
    private readonly Dictionary<int, FdHandle> _sources;
    private ContainerRoot? _root;
    private FdHandle? _dev;
    private FdHandle? _devpts;
    private ProcHandle? _proc;

    public RootfsBuilder(RootfsPlan plan, RootfsHandles? handles = null)
    {
        _plan = plan;
        _handles = handles ?? new RootfsHandles();
        _sources = new Dictionary<int, FdHandle>(_handles.Sources);
    }

    /// <summary>
    /// The procfs mounted for the container, for writes under /proc between <see cref="Prepare"/> and <see cref="Dispose"/>; null where the plan
    /// has none of its own. A private one costs the closing of a mount: tenths of a millisecond.
    /// </summary>
    public ProcHandle? Proc => _proc;

    private ContainerRoot Root => _root ?? throw new InvalidOperationException("Prepare comes first");

    /// <summary>Mounts, devices and symlinks, in the order of the plan. The working directory does not change.</summary>
    /// <exception cref="SyscallException">Names source and destination: "mount tmpfs on /dev/shm".</exception>
    /// <exception cref="ContainerException">A destination that is refused.</exception>
    public void Prepare()
    {
        var mask = Libc.mount_umask(0);
        try
        {
            BindRoot();
            for (var i = 0; i < _plan.Mounts.Count; i++) Mount(i);
            // While the host's /proc is in sight: in a user namespace the kernel grants no procfs without a fully visible one.
            if (_plan.Sysctls.Count > 0) _proc ??= ProcHandle.OpenWhole();
            if (_plan.SetUpDev) FillDev();
        }
        finally
        {
            Libc.mount_umask(mask);
        }
    }

    public void Dispose()
    {
        _root?.Dispose();
        _dev?.Dispose();
        _devpts?.Dispose();
        _proc?.Dispose();
        foreach (var (mount, _) in _readOnlyLast) mount.Dispose();
        foreach (var handle in _sources.Values) handle.Dispose();
        foreach (var handle in _handles.UserNamespaces.Values) handle.Dispose();
    }

    private void BindRoot()
    {
        // An unbindable tree could not be bound from, so that one comes last (Enter).
        var wanted = _plan.Propagation ?? new MountPropagation(MountPropagation.Slave, true);
        var first = wanted.Flag == MountPropagation.Unbindable ? wanted with { Flag = MountPropagation.Private } : wanted;
        using var host = Sys.Open("/", Sys.OPath | Sys.ODirectory);
        SetPropagation(host, first, "/");

        using var path = Sys.TryOpen(null, _plan.RootPath, Sys.OPath | Sys.ODirectory, 0, out var errno) ?? throw new SyscallException($"open root filesystem {_plan.RootPath}", errno);
        // pivot_root refuses a root whose parent is shared, and the bind must not show on the host. Every other choice left nothing shared.
        if (wanted.Flag == MountPropagation.Shared || !first.Recursive)
        {
            OpenSharedSources();
            MakeParentPrivate(path);
        }

        var tree = Sys.TryOpenTree(path, "", Sys.OpenTreeClone | Sys.AtRecursive, out errno) ?? throw new SyscallException($"mount {_plan.RootPath} on {_plan.RootPath}", errno);
        _root = new ContainerRoot(tree);
        errno = Sys.TryMoveMount(tree, path);
        if (errno != 0) throw new SyscallException($"mount {_plan.RootPath} on {_plan.RootPath}", errno);
    }

    /// <summary>Volumes that stay shared with the host are cloned while they still are: their mount may be the parent of the root.</summary>
    private void OpenSharedSources()
    {
        for (var i = 0; i < _plan.Mounts.Count; i++)
        {
            var mount = _plan.Mounts[i];
            if (mount.Kind != MountKind.Bind || _sources.ContainsKey(i) || !mount.Propagation.Any(static p => p.Flag == MountPropagation.Shared)) continue;
            _sources.Add(i, MountSource.Open(mount, _handles.UserNamespaces.GetValueOrDefault(i)));
        }
    }

    private static void MakeParentPrivate(FdHandle path)
    {
        var current = Sys.Duplicate(path);
        try
        {
            while (true)
            {
                var errno = Sys.TrySetAttributes(current, false, 0, 0, MountPropagation.Private);
                if (errno == 0) return;
                // EINVAL: not the root of its mount, so look above. At the very top there is nothing above.
                if (errno != Errno.EINVAL) throw new SyscallException("make the parent mount of the root filesystem private", errno);
                var parent = Sys.Open(current, "..", Sys.OPath | Sys.ODirectory);
                var top = Sys.Stat(parent, "..") == Sys.Stat(current, ".");
                current.Dispose();
                current = parent;
                if (top) throw new SyscallException("make the parent mount of the root filesystem private", errno);
            }
        }
        finally
        {
            current.Dispose();
        }
    }

    private static void SetPropagation(FdHandle mount, MountPropagation propagation, string destination)
    {
        var errno = Sys.TrySetAttributes(mount, propagation.Recursive, 0, 0, propagation.Flag);
        if (errno != 0) throw new SyscallException($"set propagation of {destination}", errno);
    }
}
