namespace Anocir.Platform.Oci;

/// <summary>config.json of an OCI bundle (runtime-spec 1.3, config.md). Unknown properties are ignored, as the specification asks.</summary>
public sealed record Spec
{
    public string? OciVersion { get; init; }
    public Process? Process { get; init; }
    public Root? Root { get; init; }
    public string? Hostname { get; init; }
    public string? Domainname { get; init; }
    public IReadOnlyList<Mount>? Mounts { get; init; }
    public Hooks? Hooks { get; init; }
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
    public Linux? Linux { get; init; }
}

/// <summary>The container's root filesystem.</summary>
public sealed record Root
{
    /// <summary>Absolute, or relative to the bundle.</summary>
    public string? Path { get; init; }
    public bool Readonly { get; init; }
}

/// <summary>One entry of <c>mounts</c>, mounted in the listed order.</summary>
public sealed record Mount
{
    public string? Destination { get; init; }
    public string? Type { get; init; }
    public string? Source { get; init; }
    public IReadOnlyList<string>? Options { get; init; }
    public IReadOnlyList<IdMapping>? UidMappings { get; init; }
    public IReadOnlyList<IdMapping>? GidMappings { get; init; }
}

/// <summary>The program of the container, or of an exec into it.</summary>
public sealed record Process
{
    public bool Terminal { get; init; }
    public ConsoleSize? ConsoleSize { get; init; }
    public User? User { get; init; }
    public IReadOnlyList<string>? Args { get; init; }
    public string? CommandLine { get; init; }
    public IReadOnlyList<string>? Env { get; init; }
    public string? Cwd { get; init; }
    public Capabilities? Capabilities { get; init; }
    public IReadOnlyList<Rlimit>? Rlimits { get; init; }
    public bool NoNewPrivileges { get; init; }
    public string? ApparmorProfile { get; init; }
    public int? OomScoreAdj { get; init; }
    public Scheduler? Scheduler { get; init; }
    public string? SelinuxLabel { get; init; }
    public IoPriority? IoPriority { get; init; }
    public ExecCpuAffinity? ExecCPUAffinity { get; init; }
}

/// <summary>Size of a new terminal, in characters.</summary>
public sealed record ConsoleSize
{
    public uint Height { get; init; }
    public uint Width { get; init; }
}

/// <summary>Credentials in the container's user namespace.</summary>
public sealed record User
{
    public uint Uid { get; init; }
    public uint Gid { get; init; }
    public uint? Umask { get; init; }
    public IReadOnlyList<uint>? AdditionalGids { get; init; }
}

/// <summary>The five capability sets, by name ("CAP_CHOWN").</summary>
public sealed record Capabilities
{
    public IReadOnlyList<string>? Bounding { get; init; }
    public IReadOnlyList<string>? Effective { get; init; }
    public IReadOnlyList<string>? Inheritable { get; init; }
    public IReadOnlyList<string>? Permitted { get; init; }
    public IReadOnlyList<string>? Ambient { get; init; }
}

/// <summary>setrlimit(2): type is "RLIMIT_NOFILE" and the like.</summary>
public sealed record Rlimit
{
    public string? Type { get; init; }
    public ulong Hard { get; init; }
    public ulong Soft { get; init; }
}

/// <summary>sched_setattr(2). Times in nanoseconds.</summary>
public sealed record Scheduler
{
    public string? Policy { get; init; }
    public int Nice { get; init; }
    public int Priority { get; init; }
    public IReadOnlyList<string>? Flags { get; init; }
    public ulong Runtime { get; init; }
    public ulong Deadline { get; init; }
    public ulong Period { get; init; }
}

/// <summary>ioprio_set(2): class "IOPRIO_CLASS_BE" and the like, priority 0 to 7.</summary>
public sealed record IoPriority
{
    public string? Class { get; init; }
    public int Priority { get; init; }
}

/// <summary>CPU lists for a process that is exec'ed into a container, before and after it enters the cgroup.</summary>
public sealed record ExecCpuAffinity
{
    public string? Initial { get; init; }
    public string? Final { get; init; }
}

/// <summary>Programs run at points of the lifecycle (config.md, POSIX-platform hooks).</summary>
public sealed record Hooks
{
    public IReadOnlyList<Hook>? Prestart { get; init; }
    public IReadOnlyList<Hook>? CreateRuntime { get; init; }
    public IReadOnlyList<Hook>? CreateContainer { get; init; }
    public IReadOnlyList<Hook>? StartContainer { get; init; }
    public IReadOnlyList<Hook>? Poststart { get; init; }
    public IReadOnlyList<Hook>? Poststop { get; init; }
}

/// <summary>One hook. The timeout is in seconds.</summary>
public sealed record Hook
{
    public string? Path { get; init; }
    public IReadOnlyList<string>? Args { get; init; }
    public IReadOnlyList<string>? Env { get; init; }
    public int? Timeout { get; init; }
}
