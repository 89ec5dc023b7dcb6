namespace Anocir.Platform.Oci.Validation;

/// <summary>config-linux.md: what is left of the <c>linux</c> object beside namespaces and mappings.</summary>
internal static class LinuxRules
{
    private const long LargestMajor = (1 << 12) - 1;
    private const long LargestMinor = (1 << 20) - 1;

    public static void Check(Linux linux, ValidationOptions options, NamespaceSet namespaces, Findings findings)
    {
        SysctlRules.Check(linux.Sysctl, namespaces, findings);
        if (linux.Resources is { } resources) ResourceRules.Check(resources, "linux.resources.", partial: false, findings);
        CgroupsPathRules.Check(linux.CgroupsPath, options, findings);
        CheckDevices(linux.Devices, findings);
        if (linux.Seccomp is { } seccomp) SeccompRules.Check(seccomp, findings);
        CheckPropagation(linux.RootfsPropagation, options, findings);
        CheckHiddenPaths(linux, namespaces, findings);
        findings.NoNul("linux.mountLabel", linux.MountLabel);
        if (linux.IntelRdt is { } rdt) IntelRdtRules.Check(rdt, findings);
        if (linux.MemoryPolicy is { } policy) MemoryPolicyRules.Check(policy, findings);
        CheckPersonality(linux.Personality, findings);
    }

    private static void CheckDevices(IReadOnlyList<Device>? devices, Findings findings)
    {
        devices = findings.Items("linux.devices", devices);
        var byPath = new Dictionary<string, Device>(StringComparer.Ordinal);
        for (var i = 0; i < devices.Count; i++)
        {
            var device = devices[i];
            if (device.Type is not ("b" or "c" or "u" or "p"))
            {
                findings.Fail($"linux.devices[{i}].type", $"invalid device type {Quoted.Text(device.Type ?? "")} (b, c, u or p)");
            }
            findings.AbsolutePath($"linux.devices[{i}].path", device.Path ?? "");
            if (device.Type != "p")
            {
                if (device.Major is < 0 or > LargestMajor) findings.Fail($"linux.devices[{i}].major", $"must be from 0 to {LargestMajor}, not {device.Major}");
                if (device.Minor is < 0 or > LargestMinor) findings.Fail($"linux.devices[{i}].minor", $"must be from 0 to {LargestMinor}, not {device.Minor}");
            }
            // Engines copy st_mode here, file type and all.
            if (device.FileMode is > 0xFFFF) findings.Fail($"linux.devices[{i}].fileMode", $"{device.FileMode} is not a file mode");
            var path = LexicalPath.Clean(device.Path!);
            if (byPath.TryAdd(path, device)) continue;
            if (byPath[path] != device) findings.Fail($"linux.devices[{i}].path", $"another device is to be made at {Quoted.Text(path)}");
            findings.Warn($"linux.devices[{i}]", $"device {Quoted.Text(path)} is listed twice");
        }
    }

    private static void CheckPropagation(string? propagation, ValidationOptions options, Findings findings)
    {
        if (string.IsNullOrEmpty(propagation)) return;
        if (!Vocabulary.Propagations.Contains(propagation))
        {
            findings.Fail("linux.rootfsPropagation", $"rootfsPropagation={Quoted.Text(propagation)} is not supported");
        }
        if (options.NoPivot && propagation is "private" or "rprivate")
        {
            findings.Fail("linux.rootfsPropagation", "rootfsPropagation of [r]private is not safe without pivot_root");
        }
    }

    private static void CheckHiddenPaths(Linux linux, NamespaceSet namespaces, Findings findings)
    {
        findings.AbsolutePaths("linux.maskedPaths", linux.MaskedPaths);
        findings.AbsolutePaths("linux.readonlyPaths", linux.ReadonlyPaths);
        if (namespaces.Has("mount")) return;
        if (linux.MaskedPaths is { Count: > 0 }) findings.Fail("linux.maskedPaths", "unable to restrict sys entries without a private MNT namespace");
        if (linux.ReadonlyPaths is { Count: > 0 }) findings.Fail("linux.readonlyPaths", "unable to restrict sys entries without a private MNT namespace");
    }

    private static void CheckPersonality(Personality? personality, Findings findings)
    {
        if (personality is null) return;
        if (!Vocabulary.PersonalityDomains.Contains(personality.Domain ?? ""))
        {
            findings.Fail("linux.personality.domain", $"invalid personality domain {Quoted.Text(personality.Domain ?? "")}");
        }
        if (findings.Items("linux.personality.flags", personality.Flags).Count > 0)
        {
            findings.Warn("linux.personality.flags", "ignoring unsupported personality flags");
        }
    }
}
