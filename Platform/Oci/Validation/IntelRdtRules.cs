namespace Anocir.Platform.Oci.Validation;

/// <summary>config-linux.md, IntelRdt: lines that are written to the schemata file of resctrl.</summary>
internal static class IntelRdtRules
{
    private const string Field = "linux.intelRdt";

    public static void Check(IntelRdt rdt, Findings findings)
    {
        // The directory's name; a lone slash is the root class.
        if (rdt.ClosID is { } clos && (clos is "." or ".." or "info" or "mon_groups" or "mon_data" || clos.Contains('\n') || (clos.Length > 1 && clos.Contains('/')) || clos.Contains('\0')))
        {
            findings.Fail(Field + ".closID", $"invalid intelRdt.ClosID {Quoted.Text(clos)}");
        }
        findings.NoNul(Field + ".l3CacheSchema", rdt.L3CacheSchema);
        if (rdt.L3CacheSchema is { Length: > 0 } l3 && (!l3.StartsWith("L3:", StringComparison.Ordinal) || l3.Contains('\n')))
        {
            findings.Warn(Field + ".l3CacheSchema", "should be one line that starts with L3:");
        }
        findings.NoNul(Field + ".memBwSchema", rdt.MemBwSchema);
        if (rdt.MemBwSchema is { Length: > 0 } memory && (!memory.StartsWith("MB:", StringComparison.Ordinal) || memory.Contains('\n')))
        {
            findings.Fail(Field + ".memBwSchema", "must be one line that starts with MB:");
        }
        var schemata = findings.Strings(Field + ".schemata", rdt.Schemata);
        for (var i = 0; i < schemata.Count; i++)
        {
            if (schemata[i].Contains('\n')) findings.Fail($"{Field}.schemata[{i}]", "must be one line");
        }
    }
}
