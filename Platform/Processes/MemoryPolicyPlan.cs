using System.Globalization;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Processes;

/// <summary>The arguments of set_mempolicy(2).</summary>
/// <param name="Mode">Mode number and flags in one.</param>
/// <param name="Nodes">A bit per NUMA node, 64 to a word; empty without nodes.</param>
public sealed record MemoryPolicyPlan(int Mode, IReadOnlyList<ulong> Nodes)
{
    // CONFIG_NODES_SHIFT is 10 at most.
    private const int MaxNodes = 1024;

    private static readonly string[] ModeNames =
        ["MPOL_DEFAULT", "MPOL_PREFERRED", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE"];

    private static readonly Dictionary<string, int> FlagValues = new(StringComparer.Ordinal)
    {
        ["MPOL_F_NUMA_BALANCING"] = 1 << 13,
        ["MPOL_F_RELATIVE_NODES"] = 1 << 14,
        ["MPOL_F_STATIC_NODES"] = 1 << 15,
    };

    /// <summary>The modes by name, sorted.</summary>
    public static IReadOnlyList<string> Modes { get; } = [.. ModeNames.Order(StringComparer.Ordinal)];

    /// <summary>The mode flags by name, sorted.</summary>
    public static IReadOnlyList<string> KnownFlags { get; } = [.. FlagValues.Keys.Order(StringComparer.Ordinal)];

    /// <exception cref="ContainerException">Unknown names, or nodes that the mode does not go with.</exception>
    public static MemoryPolicyPlan Parse(Oci.MemoryPolicy policy)
    {
        var mode = Array.IndexOf(ModeNames, policy.Mode);
        if (mode < 0) throw new ContainerException($"invalid memory policy mode \"{policy.Mode}\"");
        var nodes = ParseNodes(policy.Nodes);
        var count = nodes.Sum(static word => ulong.PopCount(word) is var n ? (int)n : 0);
        if (policy.Mode is "MPOL_DEFAULT" or "MPOL_LOCAL" && count != 0)
            throw new ContainerException($"memory policy mode requires 0 nodes but got {count}");
        if (policy.Mode is not ("MPOL_DEFAULT" or "MPOL_LOCAL" or "MPOL_PREFERRED") && count == 0)
            throw new ContainerException("memory policy mode requires at least one node but got 0");
        foreach (var name in policy.Flags ?? [])
            mode |= FlagValues.TryGetValue(name, out var flag) ? flag : throw new ContainerException($"invalid memory policy flag \"{name}\"");
        return new MemoryPolicyPlan(mode, nodes);
    }

    internal void Apply()
    {
        var errno = ProcessCalls.SetMemoryPolicy(Mode, [.. Nodes]);
        if (errno != 0) throw new SyscallException("set_mempolicy", errno);
    }

    public void Write(WireWriter to) => to.Int(Mode).List(Nodes, static (w, word) => w.Long((long)word));

    public static MemoryPolicyPlan Read(WireReader from) => new(from.Int(), from.List(static r => (ulong)r.Long()));

    /// <summary>"0-3,5" as bits.</summary>
    private static ulong[] ParseNodes(string? list)
    {
        var words = new ulong[MaxNodes / 64];
        var highest = -1;
        foreach (var part in (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !Number(ends[0], out var first) || !Number(ends[^1], out var last) || last < first)
                throw new ContainerException($"linux.memoryPolicy.nodes: invalid memory policy nodes \"{list}\"");
            for (var node = first; node <= last; node++) words[node / 64] |= 1UL << node % 64;
            highest = Math.Max(highest, last);
        }

        return words[..((highest + 64) / 64)];

        static bool Number(string text, out int value) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value < MaxNodes;
    }
}
