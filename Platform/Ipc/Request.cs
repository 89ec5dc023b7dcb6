namespace Anocir.Platform.Ipc;

/// <summary>The one request of a connection.</summary>
public sealed record Request
{
    /// <summary>Identity of the caller's build; the supervisor answers its own build only.</summary>
    public required string Build { get; init; }
    public required Verb Verb { get; init; }
    /// <summary>Names this request: a repeated one, after a supervisor died over it, is recognised.</summary>
    public required string Operation { get; init; }
    /// <summary>Name space of the ids: an absolute directory.</summary>
    public required string Root { get; init; }
    public string Id { get; init; } = "";
    /// <summary>kill: the signal as the user wrote it. list, ps: the format.</summary>
    public string Text { get; init; } = "";
    /// <summary>delete: --force. kill: --all. spec: --rootless. list: --quiet.</summary>
    public bool Flag { get; init; }
    /// <summary>ps: what ps(1) is to be called with.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
    public CreateOptions? Create { get; init; }
    public ExecOptions? Exec { get; init; }
    public UpdateOptions? Update { get; init; }
    public EventsOptions? Events { get; init; }

    public WireWriter Write(WireWriter w) => w
        .String(Build).Byte((byte)Verb).String(Operation).String(Root).String(Id).String(Text).Bool(Flag).Strings(Arguments)
        .Optional(Create, static (w, c) => c.Write(w)).Optional(Exec, static (w, e) => e.Write(w))
        .Optional(Update, static (w, u) => u.Write(w)).Optional(Events, static (w, e) => e.Write(w));

    public static Request Read(WireReader r) => new()
    {
        Build = r.String(),
        Verb = (Verb)r.Byte(),
        Operation = r.String(),
        Root = r.String(),
        Id = r.String(),
        Text = r.String(),
        Flag = r.Bool(),
        Arguments = r.Strings(),
        Create = r.Optional(CreateOptions.Read),
        Exec = r.Optional(ExecOptions.Read),
        Update = r.Optional(UpdateOptions.Read),
        Events = r.Optional(EventsOptions.Read),
    };
}
