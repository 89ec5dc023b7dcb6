namespace Anocir.Platform.Oci.Validation;

/// <summary>config-linux.md, Memory policy; which modes take nodes is set_mempolicy(2)'s.</summary>
internal static class MemoryPolicyRules
{
    private const string Field = "linux.memoryPolicy";

    public static void Check(MemoryPolicy policy, Findings findings)
    {
        var (mode, nodes) = (policy.Mode ?? "", policy.Nodes ?? "");
        if (!Vocabulary.MemoryPolicyModes.Contains(mode)) findings.Fail(Field + ".mode", $"invalid memory policy mode {Quoted.Text(mode)}");
        if (!NumberList.IsValid(nodes)) findings.Fail(Field + ".nodes", $"invalid memory policy nodes {Quoted.Text(nodes)}");
        var hasNodes = nodes.AsSpan().ContainsAnyInRange('0', '9');
        if (mode is "MPOL_DEFAULT" or "MPOL_LOCAL" && hasNodes) findings.Fail(Field + ".nodes", $"memory policy mode requires 0 nodes: {mode} takes none");
        if (mode is "MPOL_BIND" or "MPOL_INTERLEAVE" or "MPOL_WEIGHTED_INTERLEAVE" or "MPOL_PREFERRED_MANY" && !hasNodes)
        {
            findings.Fail(Field + ".nodes", $"memory policy mode requires at least one node but got 0 for {mode}");
        }
        var flags = findings.Items(Field + ".flags", policy.Flags);
        for (var i = 0; i < flags.Count; i++)
        {
            if (!Vocabulary.MemoryPolicyFlags.Contains(flags[i])) findings.Fail($"{Field}.flags[{i}]", $"invalid memory policy flag {Quoted.Text(flags[i])}");
        }

        if (flags.Contains("MPOL_F_STATIC_NODES") && flags.Contains("MPOL_F_RELATIVE_NODES"))
        {
            findings.Fail(Field + ".flags", "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
        }
    }
}
