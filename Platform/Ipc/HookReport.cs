namespace Anocir.Platform.Ipc;

/// <summary>A hook that init ran itself has ended. Failure is null when it did its work.</summary>
public sealed record HookReport(string Kind, int Index, string Path, long Microseconds, string? Failure, string Output)
{
    public WireWriter Write(WireWriter w) => w.String(Kind).Int(Index).String(Path).Long(Microseconds).String(Failure).String(Output);

    public static HookReport Read(WireReader r) => new(r.String(), r.Int(), r.String(), r.Long(), r.OptionalString(), r.String());
}
