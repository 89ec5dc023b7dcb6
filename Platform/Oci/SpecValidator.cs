using Anocir.Platform.Oci.Validation;

namespace Anocir.Platform.Oci;

/// <summary>The rules of the specification, and of runc where callers count on them, that can be judged without a look at the host.</summary>
/// <remarks>Each method throws the first problem, naming the field (<c>config.json: process.cwd: …</c>), and returns warnings:
/// what is accepted but ignored, deprecated or unknown.</remarks>
public static class SpecValidator
{
    /// <summary>Checks a whole config.json.</summary>
    /// <exception cref="ContainerException">The first problem.</exception>
    public static IReadOnlyList<string> Validate(Spec spec, ValidationOptions options)
    {
        var findings = new Findings("config.json");
        var namespaces = new NamespaceSet();
        CheckVersion(spec.OciVersion, findings);
        CheckRoot(spec.Root, findings);
        NamespaceRules.Check(spec, options, namespaces, findings);
        if (spec.Process is { } process)
        {
            ProcessRules.Check(process, "process.", findings);
            IdMappingRules.CheckUser(process.User, spec.Linux, namespaces, findings);
        }
        else if (options.RequireProcess)
        {
            findings.Fail("process", "process property must not be empty");
        }
        MountRules.Check(spec, options, namespaces, findings);
        HookRules.Check(spec.Hooks, findings);
        CheckAnnotations(spec.Annotations, findings);
        if (spec.Linux is { } linux) LinuxRules.Check(linux, options, namespaces, findings);
        return findings.Warnings;
    }

    /// <summary>Checks the process of an exec.</summary>
    /// <exception cref="ContainerException">The first problem.</exception>
    public static IReadOnlyList<string> ValidateProcess(Process process, string document = "process")
    {
        var findings = new Findings(document);
        ProcessRules.Check(process, "", findings);
        return findings.Warnings;
    }

    /// <summary>Checks resources by themselves. With <paramref name="partial"/> (update), rules that need two values are left
    /// until the change has been merged with what was there.</summary>
    /// <exception cref="ContainerException">The first problem.</exception>
    public static IReadOnlyList<string> ValidateResources(Resources resources, bool partial, string document = "resources")
    {
        var findings = new Findings(document);
        ResourceRules.Check(resources, "", partial, findings);
        return findings.Warnings;
    }

    private static void CheckVersion(string? version, Findings findings)
    {
        if (string.IsNullOrEmpty(version)) findings.Fail("ociVersion", "must be specified");
        if (!OciVersion.IsSemanticVersion(version)) findings.Fail("ociVersion", $"{Quoted.Text(version)} is not a semantic version (such as {OciVersion.Max})");
        if (!OciVersion.IsSupported(version))
        {
            findings.Fail("ociVersion", $"{Quoted.Text(version)} is not supported: versions from {OciVersion.Min} on, below 2.0.0, are");
        }
    }

    private static void CheckRoot(Root? root, Findings findings)
    {
        if (root is null) findings.Fail("root", "root must be specified");
        if (string.IsNullOrEmpty(root.Path)) findings.Fail("root.path", "must not be empty");
        findings.NoNul("root.path", root.Path);
    }

    private static void CheckAnnotations(IReadOnlyDictionary<string, string>? annotations, Findings findings)
    {
        if (annotations is null) return;
        foreach (var (key, value) in annotations)
        {
            if (key.Length == 0) findings.Fail("annotations", "a key must not be empty");
            if (value is null) findings.Fail($"annotations[{Quoted.Text(key)}]", "must be a string, not null");
        }
    }
}
