using System.Text.Json;
using Akka.Configuration;
using Akka.Event;
using Anocir.Actors.Containers;
using Anocir.Actors.Journal;
using Anocir.Actors.Settings;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Oci;
using Anocir.Platform.Processes;
using Anocir.Platform.Security;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Systemd;
using Anocir.Platform.Waiting;
using Xunit;
using OciHooks = Anocir.Platform.Oci.Hooks;

namespace Anocir.Actors.Tests.Containers;

/// <summary>A host for containers that are never really made: without cgroups, so without root, and with directories of its own.</summary>
internal sealed class Sandbox : IDisposable
{
    private readonly DirectoryInfo _directory = Files.NewDirectory();
    private readonly Reactor _reactor = new();

    internal Sandbox()
    {
        Directory.CreateDirectory(Path.Combine(_directory.FullName, "proc/self"));
        File.WriteAllText(Path.Combine(_directory.FullName, "proc/self/cgroup"), "");
        File.WriteAllText(Path.Combine(_directory.FullName, "proc/self/mountinfo"), "");
        Directory.CreateDirectory(Path.Combine(Bundle, "rootfs"));
        Services = new ContainerServices
        {
            Reactor = _reactor,
            Cgroups = CgroupHost.Detect(_directory.FullName),
            Systemd = SystemdManager.ForThisProcess(TimeSpan.FromSeconds(1)),
            Seccomp = new SeccompCache(),
            Executable = Sys.Open("/dev/null", Sys.ORdOnly),
            BootId = "this boot",
            Projection = new StateProjection(NoLogger.Instance),
            Settings = SupervisorSettings.Read(Files.Hocon("supervisor.conf")),
            ProcessHost = ProcessHost.Read(),
            Rootless = true,
        };
    }

    internal ContainerServices Services { get; }

    internal IReactor Reactor => _reactor;

    internal string Bundle => Path.Combine(_directory.FullName, "bundle");

    internal string Root => Path.Combine(_directory.FullName, "run");

    internal string JournalPath => Path.Combine(_directory.FullName, "journal.db");

    internal Config Configuration => ConfigurationFactory.ParseString("akka.loglevel = OFF\nakka.stdout-loglevel = OFF\nakka.test.single-expect-default = 20s")
        .WithFallback(JournalSettings.At(JournalPath)).WithFallback(Files.Hocon("persistence.conf")).WithFallback(Files.Hocon("supervisor.conf"));

    internal ContainerKey Key(string id) => new(Root, id);

    /// <summary>A path in the bundle, where hooks are run.</summary>
    internal string InBundle(string name) => Path.Combine(Bundle, name);

    internal static Hook Shell(string script) => new() { Path = "/bin/sh", Args = ["sh", "-c", script] };

    internal static byte[] ConfigJson(OciHooks? hooks = null, bool terminal = false)
    {
        var spec = DefaultSpec.Create(rootless: false);
        return JsonSerializer.SerializeToUtf8Bytes(spec with { Process = spec.Process! with { Terminal = terminal }, Hooks = hooks }, OciJson.Default.Spec);
    }

    public void Dispose()
    {
        _reactor.Dispose();
        Services.Executable.Dispose();
        // An actor that is still at its last step may write its state once more.
        Assert.True(SpinWait.SpinUntil(TryDelete, TimeSpan.FromSeconds(10)), $"{_directory} cannot be removed");
    }

    private bool TryDelete()
    {
        try
        {
            _directory.Delete(recursive: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
