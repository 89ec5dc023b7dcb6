namespace Anocir.Platform.Ipc;

/// <summary>What <c>update</c> is told.</summary>
public sealed record UpdateOptions
{
    /// <summary>The document of <c>--resources</c>, which takes the place of all single flags but those of RDT; null where it was not given.</summary>
    public string? Document { get; init; }
    /// <summary>The single flags, as "name=value".</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];
    /// <summary>Line for the L3 cache in resctrl's schemata, or empty.</summary>
    public string L3CacheSchema { get; init; } = "";
    /// <summary>Line for the memory bandwidth, or empty.</summary>
    public string MemoryBandwidthSchema { get; init; } = "";

    public void Write(WireWriter w) => w.String(Document).Strings(Flags).String(L3CacheSchema).String(MemoryBandwidthSchema);

    public static UpdateOptions Read(WireReader r) => new()
    {
        Document = r.OptionalString(),
        Flags = r.Strings(),
        L3CacheSchema = r.String(),
        MemoryBandwidthSchema = r.String(),
    };
}
