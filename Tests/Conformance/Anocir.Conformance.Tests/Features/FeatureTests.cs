namespace Anocir.Conformance.Tests.Features;

/// <summary>What the runtime says of itself (features.md) is held against what it does.</summary>
public sealed class FeatureTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private static readonly string[] TopLevel = ["ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations", "potentiallyUnsafeConfigAnnotations"];

    private static readonly string[] OfLinux =
        ["namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "intelRdt", "mountExtensions", "netDevices", "memoryPolicy"];

    [SkippableFact]
    [Clause("features.md", "specification-version", Strength.Must, 114)]
    public void Least_and_greatest_version_are_taken()
    {
        var features = Features();
        string[] versions = [(string)features["ociVersionMin"]!, (string)features["ociVersionMax"]!];
        foreach (var version in versions) runtime.Accepts(c => c.Set("ociVersion", $"\"{version}\""));
        var order = versions.Select(v => Version.Parse(v.Split('-', '+')[0])).ToArray();
        Assert.True(order[1] >= order[0], $"{versions[1]} is less than {versions[0]}");
    }

    [SkippableFact]
    [Clause("features.md", "specification-version", Strength.MustNot, 115)]
    public void Properties_are_those_of_the_specification()
    {
        var features = Features();
        Assert.Empty(features.Select(p => p.Key).Except(TopLevel));
        Assert.Empty(features["linux"]!.AsObject().Select(p => p.Key).Except(OfLinux));
    }

    [SkippableFact]
    [Clause("features.md", "hooks", Strength.Must, 116)]
    public void Hooks_that_are_listed_run()
    {
        foreach (var kind in List("hooks"))
        {
            using var container = runtime.Container();
            var mark = runtime.Scratch.File("marks", $"{container.Id}-{kind}");
            if (kind == "startContainer") container.Bundle.Config.Hook(kind, "echo ran >/tmp/mark");
            else container.Bundle.Config.Hook(kind, $"echo ran >{mark}");
            container.Run().Ok();
            Assert.True(File.Exists(kind == "startContainer" ? container.Bundle.InRootfs("/tmp/mark") : mark), $"{kind} did not run");
        }
    }

    [SkippableFact]
    [Clause("features.md", "mount-options", Strength.Must, 116)]
    public void Mount_options_that_are_listed_are_known()
    {
        var refused = new List<string>();
        foreach (var option in List("mountOptions").Where(option => option is not ("remount" or "idmap" or "ridmap")))
        {
            using var container = runtime.Container(c => c.Mount("/mnt", "tmpfs", option is "bind" or "rbind" ? "/tmp" : "tmpfs", option));
            if (container.Run() is { ExitCode: not 0 } result) refused.Add($"{option}: {result.Error}");
        }

        Assert.Empty(refused);
    }

    [SkippableFact]
    [Clause("features.md", "namespaces", Strength.Must, 116)]
    public void Namespaces_that_are_listed_can_be_had()
    {
        foreach (var type in List("linux", "namespaces"))
        {
            runtime.Accepts(c =>
            {
                c.WithoutNamespace(type)["linux"]!["namespaces"]!.AsArray().Add(new JsonObject { ["type"] = type });
                if (type != "user") return;
                c.Set("linux.uidMappings", """[{"containerID":0,"hostID":200000,"size":65536}]""").Set("linux.gidMappings", """[{"containerID":0,"hostID":200000,"size":65536}]""");
            });
        }
    }

    [SkippableFact]
    [Clause("features.md", "capabilities", Strength.Must, 116)]
    public void Capabilities_that_are_listed_are_known()
    {
        var names = List("linux", "capabilities");
        var seen = runtime.Inside("grep ^CapBnd /proc/self/status", c => c.Set("process.capabilities", new JsonObject { ["bounding"] = new JsonArray([.. names.Select(n => (JsonNode)n)]) }.ToJsonString()));
        Assert.Equal(Processes.Status(Environment.ProcessId, "CapBnd"), seen.Split('\t')[1]);
    }

    [SkippableTheory]
    [InlineData("actions")]
    [InlineData("operators")]
    [InlineData("archs")]
    [InlineData("supportedFlags")]
    [Clause("features.md", "seccomp", Strength.Must, 116)]
    public void Parts_of_filters_that_are_listed_are_known(string part)
    {
        var names = List("linux", "seccomp", part);
        foreach (var name in names.Where(name => name is not ("SCMP_ACT_NOTIFY" or "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")))
        {
            runtime.Accepts(c => c.Set("linux.seccomp", part switch
            {
                "actions" => $$"""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["swapon"],"action":"{{name}}"}]}""",
                "operators" => $$"""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["swapon"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":1,"op":"{{name}}"}]}]}""",
                "archs" => $$"""{"defaultAction":"SCMP_ACT_ALLOW","architectures":["{{name}}"],"syscalls":[{"names":["swapon"],"action":"SCMP_ACT_ERRNO"}]}""",
                _ => $$"""{"defaultAction":"SCMP_ACT_ALLOW","flags":["{{name}}"]}""",
            }));
        }
    }

    [SkippableTheory]
    [InlineData("modes")]
    [InlineData("flags")]
    [Clause("features.md", "memory-policy", Strength.Must, 116)]
    public void Parts_of_memory_policies_that_are_listed_are_known(string part)
    {
        var names = List("linux", "memoryPolicy", part);
        Skip.IfNot(File.Exists("/proc/self/numa_maps"), "the kernel knows of no NUMA");
        foreach (var name in names)
        {
            runtime.Accepts(c => c.Set("linux.memoryPolicy", part == "flags"
                ? $$"""{"mode":"MPOL_BIND","nodes":"0","flags":["{{name}}"]}"""
                : name is "MPOL_DEFAULT" or "MPOL_LOCAL" ? $$"""{"mode":"{{name}}"}""" : $$"""{"mode":"{{name}}","nodes":"0"}"""));
        }
    }

    [SkippableFact]
    [Clause("features.md", "specification-version", Strength.Should, 117)]
    public void Answer_does_not_depend_on_when_it_is_asked() => Assert.Equal(Features().ToJsonString(), Features().ToJsonString());

    private JsonObject Features()
    {
        runtime.Require();
        RuntimeUnderTest.Require("features");
        return JsonNode.Parse(runtime.Call("features").Ok().Output)!.AsObject();
    }

    /// <summary>The names listed; a list that is not there says nothing (null is not empty), and there is nothing to be tried.</summary>
    private string[] List(params string[] path)
    {
        JsonNode? at = Features();
        foreach (var name in path) at = at?[name];
        Skip.If(at is null, $"{string.Join('.', path)} is not told");
        return [.. at!.AsArray().Select(n => (string)n!)];
    }
}
