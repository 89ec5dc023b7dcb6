namespace Anocir.Platform.Ipc;

/// <summary>How a request ended.</summary>
/// <param name="Error">Null when it was done; else the text for stderr and the log.</param>
/// <param name="Output">For stdout, as it is.</param>
/// <param name="Pid">create: init's pid.</param>
public sealed record Answer(string? Error, string Output = "", int Pid = 0)
{
    public static Answer Done { get; } = new(Error: null);

    /// <summary>What was done otherwise than asked for, as the specification allows; for the log.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public WireWriter Write(WireWriter w) => w.String(Error).String(Output).Int(Pid).Strings(Warnings);

    public static Answer Read(WireReader r) => new(r.OptionalString(), r.String(), r.Int()) { Warnings = r.Strings() };
}
