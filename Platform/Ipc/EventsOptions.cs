namespace Anocir.Platform.Ipc;

/// <summary>What <c>events</c> is told.</summary>
public sealed record EventsOptions
{
    /// <summary>Statistics once, as the answer, and no more.</summary>
    public bool StatisticsOnly { get; init; }
    /// <summary>From one report of statistics to the next, in milliseconds: 1 at least.</summary>
    public long Interval { get; init; } = 5000;
    /// <summary>The caller followed before, and its supervisor was replaced: that the container has ended meanwhile is no error.</summary>
    public bool Resumed { get; init; }

    public void Write(WireWriter w) => w.Bool(StatisticsOnly).Long(Interval).Bool(Resumed);

    public static EventsOptions Read(WireReader r) => new() { StatisticsOnly = r.Bool(), Interval = r.Long(), Resumed = r.Bool() };
}
