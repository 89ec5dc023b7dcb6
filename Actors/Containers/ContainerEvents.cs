using Anocir.Platform.Cgroups;
using Anocir.Platform.Oci;
using OciHooks = Anocir.Platform.Oci.Hooks;

namespace Anocir.Actors.Containers;

/// <summary>What happened to a container. Facts with their time; replaying them gives the state without a look at the host.</summary>
/// <remarks>The generated JSON sets what is not there to null or false, whatever stands behind the property: an optional one must take that.</remarks>
public abstract record ContainerEvent
{
    public required DateTimeOffset At { get; init; }
}

/// <summary>Creation was accepted: everything that a later supervisor needs to go on, or to clean up.</summary>
public sealed record ContainerCreating : ContainerEvent
{
    /// <summary>The name space of the id: the value of <c>--root</c>, absolute.</summary>
    public required string Root { get; init; }
    public required string Id { get; init; }
    /// <summary>Names the request, so that a repeated one is recognised.</summary>
    public required string Operation { get; init; }
    public required string Bundle { get; init; }
    public required string Rootfs { get; init; }
    /// <summary>config.json as it was read; later edits of the file do not matter (runtime.md, Create).</summary>
    public required string Config { get; init; }
    /// <summary>Cgroup directories of the container, absolute.</summary>
    public required IReadOnlyList<string> CgroupDirectories { get; init; }
    /// <summary>The directories among them and above them that the supervisor made, and so removes.</summary>
    public required IReadOnlyList<string> CgroupDirectoriesToRemove { get; init; }
    /// <summary>The unit of systemd that the cgroup is; null where it was made by hand.</summary>
    public string? SystemdUnit { get; init; }
    /// <summary>Pids mean nothing after another boot (/proc/sys/kernel/random/boot_id).</summary>
    public required string BootId { get; init; }
    public required uint OwnerUid { get; init; }
    /// <summary>What the rest of the life needs of the config, so that it need not be read again.</summary>
    public OciHooks? Hooks { get; init; }
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
    public required bool HasProcess { get; init; }
    /// <summary>Limits and device rules, which later updates start from.</summary>
    public Resources? Resources { get; init; }
    /// <summary>Default devices that the config describes itself (<see cref="Platform.Cgroups.Cgroup.DescribedDevices"/>).</summary>
    public IReadOnlyList<string>? DescribedDevices { get; init; }
    /// <summary>Init's end takes every other process with it (pid_namespaces(7)).</summary>
    public required bool OwnPidNamespace { get; init; }
    /// <summary>Directories of resctrl that are the container's own; innermost first. Null without linux.intelRdt.</summary>
    public IReadOnlyList<string>? ResctrlDirectoriesToRemove { get; init; }

    internal CgroupSite CgroupSite() => new(CgroupDirectories, CgroupDirectoriesToRemove, SystemdUnit);
}

/// <summary>Init exists. Not yet ready: what has a pid can be killed by a later supervisor.</summary>
public sealed record InitSpawned : ContainerEvent
{
    public required int Pid { get; init; }
    /// <summary>Field 22 of /proc/PID/stat, in clock ticks since boot: tells the process from a later one with its pid.</summary>
    public required long StartTime { get; init; }
}

/// <summary>Init has done everything but the user's program, and waits for start.</summary>
public sealed record ContainerCreated : ContainerEvent;

/// <summary>Creation failed and was undone.</summary>
public sealed record ContainerCreationFailed : ContainerEvent
{
    public required string Reason { get; init; }
}

/// <summary>A hook ended, or was ended at its time limit.</summary>
public sealed record HookRan : ContainerEvent
{
    /// <summary>prestart, createRuntime, createContainer, startContainer, poststart or poststop.</summary>
    public required string Kind { get; init; }
    public required int Index { get; init; }
    public required string Path { get; init; }
    public required double Milliseconds { get; init; }
    /// <summary>Null when it did its work; else why it did not: "exit status 1, stderr: …".</summary>
    public string? Failure { get; init; }
    public string Output { get; init => field = value ?? ""; } = "";
}

/// <summary>The user's program runs.</summary>
public sealed record ContainerStarted : ContainerEvent
{
    public required string Operation { get; init; }
}

/// <summary>Another program runs in the container.</summary>
public sealed record ExecStarted : ContainerEvent
{
    /// <summary>Counts the container's execs, from 1.</summary>
    public required int Number { get; init; }
    public required int Pid { get; init; }
    public required long StartTime { get; init; }
    /// <summary>Each cut at a bound.</summary>
    public required IReadOnlyList<string> Args { get; init; }
}

/// <summary>It has ended.</summary>
public sealed record ExecExited : ContainerEvent
{
    public required int Number { get; init; }
    /// <summary>As waitpid(2) encodes it; null when nobody can tell any more.</summary>
    public int? WaitStatus { get; init; }
}

/// <summary>A signal was asked for, and is about to be sent.</summary>
public sealed record SignalAsked : ContainerEvent
{
    public required int Signal { get; init; }
    /// <summary>The request, to recognise a repeated one: its signal may have ended the container.</summary>
    public required string Operation { get; init; }
}

/// <summary>A signal was delivered.</summary>
public sealed record SignalSent : ContainerEvent
{
    /// <summary>The request that asked for it; empty where nobody waits.</summary>
    public string Operation { get; init => field = value ?? ""; } = "";
    public required int Signal { get; init; }
    /// <summary>To every process of the container, not to init alone.</summary>
    public required bool All { get; init; }
}

/// <summary>Every process of the container is frozen.</summary>
public sealed record ContainerPaused : ContainerEvent;

/// <summary>The container runs again.</summary>
public sealed record ContainerResumed : ContainerEvent;

/// <summary>Limits were changed.</summary>
public sealed record ContainerUpdated : ContainerEvent
{
    /// <summary>The change, as it was asked for.</summary>
    public required Resources Change { get; init; }
    /// <summary>All that the container has since then.</summary>
    public required Resources Resources { get; init; }
    /// <summary>Lines that were set in the schemata of its class of resctrl; null where none were.</summary>
    public IReadOnlyList<string>? Schemata { get; init; }
}

/// <summary>CRIU has saved the container.</summary>
public sealed record ContainerCheckpointed : ContainerEvent
{
    /// <summary>The directory of the images, absolute.</summary>
    public required string ImagePath { get; init; }
    /// <summary>It goes on; otherwise it ends and is deleted.</summary>
    public bool LeaveRunning { get; init; }
    /// <summary>Only its memory was saved, for a dump to come.</summary>
    public bool PreDump { get; init; }
}

/// <summary>CRIU has made the container of what it saved before: the user's program runs on, and was never started here.</summary>
public sealed record ContainerRestored : ContainerEvent
{
    /// <summary>The directory of the images, absolute.</summary>
    public required string ImagePath { get; init; }
}

/// <summary>The kernel killed a process of the container for want of memory.</summary>
public sealed record OutOfMemory : ContainerEvent
{
    /// <summary>Kills so far, where the kernel counts them.</summary>
    public long? Kills { get; init; }
}

/// <summary>Init ended.</summary>
public sealed record ContainerExited : ContainerEvent
{
    /// <summary>As waitpid(2) encodes it; null when nobody can tell any more.</summary>
    public int? WaitStatus { get; init; }
    public bool OutOfMemory { get; init; }
}

/// <summary>Deletion began: from here on it is finished, by whoever is left.</summary>
public sealed record ContainerDeleting : ContainerEvent
{
    /// <summary>The request that asked for it, to recognise a repeated one; empty where nobody did.</summary>
    public string Operation { get; init; } = "";
}

/// <summary>Nothing of the container is left.</summary>
public sealed record ContainerDeleted : ContainerEvent
{
    public required string Operation { get; init; }
}
