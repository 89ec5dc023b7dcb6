using Anocir.Actors.Settings;
using Anocir.Platform;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Cgroups.Systemd;
using Anocir.Platform.Processes;
using Anocir.Platform.Rootfs;
using Anocir.Platform.Security;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Systemd;
using Anocir.Platform.Waiting;

namespace Anocir.Actors.Containers;

/// <summary>What every container's actor works with; one per supervisor.</summary>
public sealed record ContainerServices
{
    public required IReactor Reactor { get; init; }
    public required CgroupHost Cgroups { get; init; }
    /// <summary>Makes scopes, for callers who ask for that.</summary>
    public required SystemdManager Systemd { get; init; }
    public required SeccompCache Seccomp { get; init; }
    /// <summary>The sealed `anocir` that becomes init.</summary>
    public required FdHandle Executable { get; init; }
    /// <summary>/proc/sys/kernel/random/boot_id.</summary>
    public required string BootId { get; init; }
    public required StateProjection Projection { get; init; }
    public required SupervisorSettings Settings { get; init; }
    public required ProcessHost ProcessHost { get; init; }
    /// <summary>The supervisor's own user is not root of the host.</summary>
    public bool Rootless { get; init; }
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>What a root filesystem's plan depends on, for a container in these cgroups.</summary>
    internal RootfsHostFacts RootfsFacts(CgroupLocation location) => RootfsFacts(location.Directories);

    /// <param name="directories">Of the container's cgroups, one for each hierarchy.</param>
    internal RootfsHostFacts RootfsFacts(IReadOnlyList<string> directories) => new()
    {
        InUserNamespace = UserNamespace.IsOurs,
        UnifiedCgroups = Cgroups.Layout == CgroupLayout.Unified,
        Hierarchies =
        [
            .. Cgroups.Hierarchies.Zip(directories).Where(p => !p.First.IsUnified).Select(p => new Platform.Rootfs.CgroupHierarchy(
                Path.GetFileName(p.First.MountPoint),
                p.Second,
                p.First.Name is { } name ? ["none", $"name={name}"] : p.First.Controllers,
                p.First.Controllers.Count > 1 ? p.First.Controllers : [])),
        ],
        Cgroup2Path = Cgroups.Hierarchies.Zip(directories).FirstOrDefault(p => p.First.IsUnified).Second,
        HasKcore = HasKcore,
        Selinux = ProcessHost.Selinux,
    };

    private static bool HasKcore { get; } = File.Exists("/proc/kcore");

    /// <summary>Who makes a container's cgroup: as its caller says.</summary>
    internal CgroupDriver Driver(bool systemd) => systemd ? new SystemdDriver(Cgroups, Systemd) : new CgroupfsDriver(Cgroups, Rootless);

    /// <summary>Who made it.</summary>
    internal CgroupDriver Driver(CgroupSite site) => Driver(site.Unit is not null);

    /// <summary>The cgroup of a container, from what was stored of it.</summary>
    internal Cgroup OpenCgroup(ContainerState state)
    {
        var directories = state.Creation?.CgroupDirectories ?? [];
        // A rootless container goes without those that its user may not make.
        return Cgroup.Open(Cgroups, Rootless ? [.. directories.Where(Sys.Exists)] : directories);
    }
}
