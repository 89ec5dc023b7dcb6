using Anocir.Platform.Cgroups;
using Anocir.Platform.Security;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;

namespace Anocir.Actors.Containers;

/// <summary>What every container's actor works with; one per supervisor.</summary>
public sealed record ContainerServices
{
    public required IReactor Reactor { get; init; }
    public required CgroupHost Cgroups { get; init; }
    public required SeccompCache Seccomp { get; init; }
    /// <summary>The sealed `anocir` that becomes init.</summary>
    public required FdHandle Executable { get; init; }
    /// <summary>/proc/sys/kernel/random/boot_id.</summary>
    public required string BootId { get; init; }
    public required StateProjection Projection { get; init; }
    public required ContainerSettings Settings { get; init; }
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The cgroup of a container, from what was stored of it.</summary>
    internal Cgroup OpenCgroup(ContainerState state) => Cgroup.Open(Cgroups, state.Creation?.CgroupDirectories ?? []);
}
