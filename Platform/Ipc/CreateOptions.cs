namespace Anocir.Platform.Ipc;

/// <summary>What <c>create</c> and <c>run</c> are told beside config.json, which is descriptor 0 of the request.</summary>
public sealed record CreateOptions
{
    /// <summary>Absolute path.</summary>
    public required string Bundle { get; init; }
    public bool NoPivot { get; init; }
    public bool NoNewKeyring { get; init; }
    public bool SystemdCgroup { get; init; }
    /// <summary>The caller stays with the container: its terminal, if it has one, is relayed.</summary>
    public bool Foreground { get; init; }
    /// <summary>run: go on to the user's program without another request.</summary>
    public bool StartNow { get; init; }
    /// <summary>run: delete it when it ends, and answer again then. A container with a terminal of the caller's is left to the caller, who drains it first.</summary>
    public bool DeleteAtExit { get; init; }
    /// <summary>Descriptor 1 of the request is a connected console socket.</summary>
    public bool ConsoleSocket { get; init; }
    /// <summary>Descriptors from 3 on that the user's program keeps: $LISTEN_FDS and --preserve-fds together.</summary>
    public int PreservedDescriptors { get; init; }
    /// <summary>How many of them are $LISTEN_FDS.</summary>
    public int ListenDescriptors { get; init; }
    /// <summary>Size of the caller's terminal, 0 where it has none.</summary>
    public int Rows { get; init; }
    public int Columns { get; init; }
    /// <summary>Where init appends its phases (<see cref="Diagnostics.PhaseTrace"/>), or empty.</summary>
    public string TracePath { get; init; } = "";

    public void Write(WireWriter w) => w
        .String(Bundle).Bool(NoPivot).Bool(NoNewKeyring).Bool(SystemdCgroup).Bool(Foreground).Bool(StartNow).Bool(DeleteAtExit).Bool(ConsoleSocket)
        .Int(PreservedDescriptors).Int(ListenDescriptors).Int(Rows).Int(Columns).String(TracePath);

    public static CreateOptions Read(WireReader r) => new()
    {
        Bundle = r.String(),
        NoPivot = r.Bool(),
        NoNewKeyring = r.Bool(),
        SystemdCgroup = r.Bool(),
        Foreground = r.Bool(),
        StartNow = r.Bool(),
        DeleteAtExit = r.Bool(),
        ConsoleSocket = r.Bool(),
        PreservedDescriptors = r.Int(),
        ListenDescriptors = r.Int(),
        Rows = r.Int(),
        Columns = r.Int(),
        TracePath = r.String(),
    };
}
