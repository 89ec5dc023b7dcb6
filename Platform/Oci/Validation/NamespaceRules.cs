namespace Anocir.Platform.Oci.Validation;

/// <summary>config-linux.md, Namespaces; and what the rest of the file may ask only of namespaces that are there.</summary>
internal static class NamespaceRules
{
    /// <summary>__NEW_UTS_LEN of the kernel, in bytes.</summary>
    private const int LongestHostname = 64;

    public static void Check(Spec spec, ValidationOptions options, NamespaceSet namespaces, Findings findings)
    {
        Collect(spec.Linux?.Namespaces, namespaces, findings);
        CheckHostnames(spec, namespaces, findings);
        IdMappingRules.Check(spec.Linux, options, namespaces, findings);
        CheckTimeOffsets(spec.Linux?.TimeOffsets, namespaces, findings);
        CheckNetDevices(spec.Linux?.NetDevices, options, namespaces, findings);
    }

    private static void Collect(IReadOnlyList<Namespace>? list, NamespaceSet namespaces, Findings findings)
    {
        list = findings.Items("linux.namespaces", list);
        for (var i = 0; i < list.Count; i++)
        {
            var (type, path) = (list[i].Type, list[i].Path);
            if (string.IsNullOrEmpty(type)) findings.Fail($"linux.namespaces[{i}].type", "must be specified");
            if (!Vocabulary.Namespaces.Contains(type)) findings.Fail($"linux.namespaces[{i}].type", $"namespace {Quoted.Text(type)} does not exist");
            if (!string.IsNullOrEmpty(path)) findings.AbsolutePath($"linux.namespaces[{i}].path", path);
            if (!namespaces.Add(type, path)) findings.Fail($"linux.namespaces[{i}]", $"malformed spec file: duplicated ns {Quoted.Text(type)}");
        }
    }

    private static void CheckHostnames(Spec spec, NamespaceSet namespaces, Findings findings)
    {
        CheckHostname("hostname", spec.Hostname, namespaces, findings);
        CheckHostname("domainname", spec.Domainname, namespaces, findings);
    }

    private static void CheckHostname(string field, string? name, NamespaceSet namespaces, Findings findings)
    {
        if (string.IsNullOrEmpty(name)) return;
        if (!namespaces.Has("uts")) findings.Fail(field, $"unable to set {field} without a private UTS namespace");
        findings.NoNul(field, name);
        if (System.Text.Encoding.UTF8.GetByteCount(name) > LongestHostname) findings.Fail(field, $"longer than {LongestHostname} bytes");
    }

    private static void CheckTimeOffsets(IReadOnlyDictionary<string, TimeOffset>? offsets, NamespaceSet namespaces, Findings findings)
    {
        if (offsets is null) return;
        if (!namespaces.Has("time"))
        {
            findings.Fail("linux.timeOffsets", "time namespace offsets specified, but time namespace isn't enabled in the config");
        }
        if (namespaces.Joins("time"))
        {
            findings.Fail("linux.timeOffsets", "time namespace enabled, but both namespace path and time offsets specified -- you may only provide one");
        }
        foreach (var (clock, offset) in offsets)
        {
            if (clock is not ("monotonic" or "boottime"))
            {
                findings.Fail("linux.timeOffsets", $"unknown clock {Quoted.Text(clock)} (monotonic and boottime are known)");
            }
            if (offset is null) findings.Fail($"linux.timeOffsets.{clock}", "must not be null");
            if (offset.Nanosecs > 999_999_999) findings.Fail($"linux.timeOffsets.{clock}.nanosecs", "must be below 1000000000");
        }
    }

    private static void CheckNetDevices(IReadOnlyDictionary<string, NetDevice>? devices, ValidationOptions options, NamespaceSet namespaces, Findings findings)
    {
        if (devices is null or { Count: 0 }) return;
        if (!namespaces.Has("network")) findings.Fail("linux.netDevices", "unable to move network devices without a NET namespace");
        if (options.Rootless) findings.Fail("linux.netDevices", "network devices are not supported for rootless containers");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, device) in devices)
        {
            if (!IsDeviceName(name)) findings.Fail("linux.netDevices", $"invalid network device name {Quoted.Text(name)}");
            var newName = string.IsNullOrEmpty(device?.Name) ? name : device.Name;
            if (!IsDeviceName(newName)) findings.Fail($"linux.netDevices.{name}.name", $"invalid network device name {Quoted.Text(newName)}");
            // With %d the kernel picks a free number; it takes one, and no other per cent sign (__dev_alloc_name).
            if (newName.Replace("%d", "", StringComparison.Ordinal).Contains('%') || newName.IndexOf("%d", StringComparison.Ordinal) != newName.LastIndexOf("%d", StringComparison.Ordinal))
            {
                findings.Fail($"linux.netDevices.{name}.name", $"invalid template {Quoted.Text(newName)}: one %d is allowed");
            }
            if (!newName.Contains("%d", StringComparison.Ordinal) && !names.Add(newName))
            {
                findings.Fail($"linux.netDevices.{name}.name", $"two devices would be named {Quoted.Text(newName)}");
            }
        }
    }

    /// <summary>dev_valid_name of the kernel: IFNAMSIZ is 16 with the NUL.</summary>
    private static bool IsDeviceName(string name)
    {
        if (name is "" or "." or ".." || System.Text.Encoding.UTF8.GetByteCount(name) > 15) return false;
        foreach (var c in name)
        {
            if (c is '/' or ':' || char.IsControl(c) || char.IsWhiteSpace(c)) return false;
        }
        return true;
    }
}
