namespace Anocir.Platform.Ipc;

/// <summary>
/// What <c>exec</c> is told. With <see cref="ProcessDocument"/> the process is descriptor 0 of the request, and stands as it is; otherwise it is the
/// container's own process, changed by the rest. Null means: as the container's.
/// </summary>
/// <remarks>Descriptors: the document, the connected console socket, the caller's terminal in and out, each where there is one.</remarks>
public sealed record ExecOptions
{
    public bool ProcessDocument { get; init; }
    public IReadOnlyList<string> Args { get; init; } = [];
    public string? Cwd { get; init; }
    /// <summary>NAME=VALUE, on top of the container's.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];
    /// <summary>"UID[:GID]".</summary>
    public string? User { get; init; }
    public IReadOnlyList<uint> AdditionalGids { get; init; } = [];
    public IReadOnlyList<string> Capabilities { get; init; } = [];
    public string? ApparmorProfile { get; init; }
    public string? SelinuxLabel { get; init; }
    public bool? NoNewPrivileges { get; init; }
    public bool Terminal { get; init; }
    /// <summary>"[CONTROLLER,...:]PATH" below the container's cgroup.</summary>
    public IReadOnlyList<string> Cgroups { get; init; } = [];
    public bool IgnorePaused { get; init; }
    /// <summary>The caller stays with the process: its terminal, if there is one, is relayed.</summary>
    public bool Foreground { get; init; }
    public bool ConsoleSocket { get; init; }
    public int PreservedDescriptors { get; init; }
    public int ListenDescriptors { get; init; }
    /// <summary>Size of the caller's terminal, 0 where it has none.</summary>
    public int Rows { get; init; }
    public int Columns { get; init; }

    public WireWriter Write(WireWriter w) => w
        .Bool(ProcessDocument).Strings(Args).String(Cwd).Strings(Env).String(User).List(AdditionalGids, static (w, g) => w.Int((int)g)).Strings(Capabilities)
        .String(ApparmorProfile).String(SelinuxLabel).Int(NoNewPrivileges switch { null => -1, false => 0, true => 1 }).Bool(Terminal).Strings(Cgroups).Bool(IgnorePaused)
        .Bool(Foreground).Bool(ConsoleSocket).Int(PreservedDescriptors).Int(ListenDescriptors).Int(Rows).Int(Columns);

    public static ExecOptions Read(WireReader r) => new()
    {
        ProcessDocument = r.Bool(),
        Args = r.Strings(),
        Cwd = r.OptionalString(),
        Env = r.Strings(),
        User = r.OptionalString(),
        AdditionalGids = r.List(static r => (uint)r.Int()),
        Capabilities = r.Strings(),
        ApparmorProfile = r.OptionalString(),
        SelinuxLabel = r.OptionalString(),
        NoNewPrivileges = r.Int() switch { < 0 => null, 0 => false, _ => true },
        Terminal = r.Bool(),
        Cgroups = r.Strings(),
        IgnorePaused = r.Bool(),
        Foreground = r.Bool(),
        ConsoleSocket = r.Bool(),
        PreservedDescriptors = r.Int(),
        ListenDescriptors = r.Int(),
        Rows = r.Int(),
        Columns = r.Int(),
    };
}
