namespace Anocir.Runtime.Tests.Configs;

/// <summary>Every config.json of an engine starts, and the container finds itself as it says.</summary>
public sealed class EngineConfigTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private static readonly Dictionary<string, string> Limits = new()
    {
        ["RLIMIT_NOFILE"] = "Max open files",
        ["RLIMIT_NPROC"] = "Max processes",
        ["RLIMIT_CORE"] = "Max core file size",
    };

    [SkippableTheory]
    [InlineData("ctr-seccomp.json")]
    [InlineData("docker-hello.json")]
    [InlineData("docker-joinns.json")]
    [InlineData("docker-limits.json")]
    [InlineData("docker-mounts.json")]
    [InlineData("docker-privileged.json")]
    [InlineData("docker-security.json")]
    [InlineData("docker-tty.json")]
    [InlineData("docker-userns-remap.json")]
    [InlineData("podman-hello.json")]
    [InlineData("podman-pod-member.json")]
    [InlineData("podman-rootless-keepid.json")]
    [InlineData("extra/cfg-podman-privileged.json")]
    [InlineData("extra/cfg-podman-rootless.json")]
    [InlineData("extra/cfg-podman-systemd.json")]
    [InlineData("extra/cfg-podman-userns.json")]
    [InlineData("extra/ctr-userns.json")]
    [InlineData("extra/podman-build-run.json")]
    public void Configuration_of_an_engine_does_what_it_says(string name)
    {
        // Every capability, of which this machine may lack one: the specification wants a warning, runc 1.1 fails.
        if (name.Contains("privileged", StringComparison.Ordinal)) runtime.RequireAnocir("runc fails where a capability is missing");
        runtime.Require();
        var config = EngineConfigs.Load(name);
        using var pod = runtime.Container(c => c.Args("sleep", "1000"));
        var joins = config["linux"]!["namespaces"]!.AsArray().Any(n => n!["path"] is not null);
        if (joins)
        {
            pod.Create().Ok();
            pod.Start().Ok();
        }

        using var container = runtime.Container();
        var bundle = container.Bundle;
        EngineConfigs.MakeLocal(config, bundle, (string)bundle.Config["linux"]!["cgroupsPath"]!, joins ? pod.Pid : null);
        bundle.Config = config;
        File.WriteAllText(bundle.InRootfs("probe"), Probe.Script(config));
        OpenToAll(bundle);

        var terminal = (bool?)config["process"]!["terminal"] == true;
        using var receiver = new DescriptorReceiver(runtime);
        container.Create(terminal ? ["--console-socket", receiver.Path] : []).Ok();
        using var console = terminal ? TestTerminal.Over(receiver.Receive().Descriptor) : null;
        container.Start().Ok();
        string Output() => console is null ? container.Output : console.Shown;
        Until.True(() => Output().Contains("== end", StringComparison.Ordinal), "the end of the probe", explain: () => Output() + container.Error);

        var probe = new Probe(Output());
        var expectation = new Expectation(config, probe, container.Pid);
        expectation.Identity();
        expectation.Privileges();
        expectation.Mounts();
        expectation.Devices(inUserNamespace: config["linux"]!["uidMappings"] is JsonArray { Count: > 0 });
        expectation.Namespaces(joins ? pod.Pid : null);
        expectation.Cgroups();
        foreach (var limit in config["process"]!["rlimits"] as JsonArray ?? [])
        {
            var line = probe["limits"].First(l => l.StartsWith(Limits[(string)limit!["type"]!], StringComparison.Ordinal));
            Assert.Matches($" {(long)limit!["soft"]!} +{(long)limit["hard"]!} ", line);
        }

        Assert.Equal(terminal ? "/dev/pts/0" : "not a tty", probe.Line("terminal"));
        container.Delete("--force").Ok();
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    /// <summary>User namespaces reach the bundle through folders that everybody may enter, and own nothing in it.</summary>
    private void OpenToAll(Bundle bundle)
    {
        Command.Run("/bin/chmod", "-R", "a+rwX", bundle.Directory).Ok();
        Command.Run("/bin/chmod", "a+x", runtime.Scratch.Directory, Path.Combine(runtime.Scratch.Directory, "bundles")).Ok();
    }
}
