namespace Anocir.Platform.Oci;

/// <summary>Makes the features document from what this build holds. Nothing of it depends on the host (features.md).</summary>
public static class FeaturesDocument
{
    /// <summary>Lists are sorted, so that the document stays the same from one build to the next.</summary>
    public static Features Create(FeatureFacts facts) => new()
    {
        OciVersionMin = OciVersion.Min,
        OciVersionMax = OciVersion.Max,
        Hooks = Vocabulary.Hooks,
        MountOptions = Sorted(facts.MountOptions),
        Linux = new LinuxFeatures
        {
            Namespaces = Sorted(Vocabulary.Namespaces),
            Capabilities = [.. facts.Capabilities],
            Cgroup = new CgroupFeatures { V1 = true, V2 = true, Systemd = facts.Systemd, SystemdUser = facts.SystemdUser, Rdma = facts.Rdma },
            Seccomp = new SeccompFeatures
            {
                Enabled = true,
                Actions = Sorted(facts.SeccompActions),
                Operators = Sorted(facts.SeccompOperators),
                Archs = Sorted(facts.SeccompArchitectures),
                KnownFlags = Sorted(Vocabulary.SeccompFlags),
                SupportedFlags = Sorted(facts.SupportedSeccompFlags),
            },
            Apparmor = new Feature(facts.Apparmor),
            Selinux = new Feature(facts.Selinux),
            IntelRdt = new IntelRdtFeatures { Enabled = facts.IntelRdt, Schemata = facts.IntelRdt, Monitoring = facts.IntelRdt },
            MemoryPolicy = new MemoryPolicyFeatures { Modes = Sorted(Vocabulary.MemoryPolicyModes), Flags = Sorted(Vocabulary.MemoryPolicyFlags) },
            MountExtensions = new MountExtensionFeatures { Idmap = new Feature(facts.IdMappedMounts) },
            NetDevices = new Feature(facts.NetDevices),
        },
        Annotations = Annotations(facts),
        // A trailing dot stands for every name that starts so.
        PotentiallyUnsafeConfigAnnotations = ["bundle", "org.criu.config", "org.systemd.property."],
    };

    private static SortedDictionary<string, string> Annotations(FeatureFacts facts)
    {
        var annotations = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["anocir.version"] = facts.Version,
            // Podman and CRI-O ask for checkpoints under this name, whatever the runtime.
            ["org.opencontainers.runc.checkpoint.enabled"] = facts.Checkpoint ? "true" : "false",
        };
        if (facts.Commit is not null) annotations["anocir.commit"] = facts.Commit;
        if (facts.LibseccompVersion is not null) annotations["io.github.seccomp.libseccomp.version"] = facts.LibseccompVersion;
        return annotations;
    }

    private static string[] Sorted(IEnumerable<string> words) => [.. words.Order(StringComparer.Ordinal)];
}
