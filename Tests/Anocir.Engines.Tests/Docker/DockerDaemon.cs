using Anocir.Engines.Tests.Running;

namespace Anocir.Engines.Tests.Docker;

/// <summary>
/// A dockerd of the tests' own, with containerd and everything else in one directory, the runtime under test as its
/// default, live-restore on, and no networks.
/// </summary>
public sealed class DockerDaemon : ContainerEngine, IDisposable
{
    private readonly string? _whyNot = Programs.WhyNot("dockerd", "docker", "containerd", "busybox");
    private readonly Dictionary<string, string?> _environment;
    private readonly string _socket;
    private readonly HashSet<string> _shimSockets = [];
    private Daemon? _daemon;

    public DockerDaemon()
    {
        Scratch = new Scratch("d");
        _socket = "unix://" + Scratch.File("docker.sock");
        _environment = SupervisorUnderTest.Environment(RuntimeDirectory);
        _environment["DOCKER_HOST"] = null;
        _environment["DOCKER_BUILDKIT"] = "0";
        _environment["DOCKER_CONFIG"] = Scratch.Folder("config");
        if (_whyNot is not null)
            return;
        try
        {
            Boot();
            BusyboxTree.Write(Scratch.File("box.tar"));
            Call("import", "--change", "CMD [\"/bin/sh\"]", Scratch.File("box.tar"), Image).Ok();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override Scratch Scratch { get; }

    /// <summary>The directory of dockerd and containerd at run time: bundles, sockets, the runtime's root.</summary>
    public string ExecRoot => Scratch.Folder("exec");

    public string DataRoot => Scratch.Folder("data");

    /// <summary>The directory told to the runtime under test.</summary>
    public string RuntimeDirectory => Scratch.Folder("run");

    private string ContainerdPidFile => Path.Combine(ExecRoot, "containerd", "containerd.pid");

    protected override string Program => Programs.Require("docker");

    protected override IReadOnlyList<string> Globals => ["-H", _socket];

    protected override IReadOnlyDictionary<string, string?> Environment => _environment;

    /// <summary>This daemon, in a test that it can serve; skips any other.</summary>
    public DockerDaemon Ready()
    {
        SkipUnlessPossible(_whyNot);
        return this;
    }

    /// <summary>Starts dockerd and waits until it answers.</summary>
    public void Boot()
    {
        List<string> arguments =
        [
            "--iptables=false", "--bridge=none", "--live-restore",
            "--data-root", DataRoot, "--exec-root", ExecRoot,
            "-H", _socket, "--pidfile", Scratch.File("docker.pid"), "--config-file", Scratch.File("daemon.json"),
            "--cgroup-parent", CgroupParent, "--exec-opt", "native.cgroupdriver=cgroupfs",
            "--add-runtime", $"{RegisteredName}={RuntimeUnderTest.Path}", "--default-runtime", RegisteredName,
        ];
        if (File.Exists(RuntimeUnderTest.Wrapper))
            arguments.AddRange(["--add-runtime", $"wrapper={RuntimeUnderTest.Wrapper}"]);
        // Checkpoints are experimental in Docker, to this day.
        File.WriteAllText(Scratch.File("daemon.json"), """{"experimental":true}""");
        _daemon = new Daemon(Programs.Require("dockerd"), arguments, Scratch.File("dockerd.log"), _environment);
        _daemon.WaitUntil(() => Call("version").ExitCode == 0);
        if (_daemon.Ended)
            throw new InvalidOperationException($"dockerd ended:\n{_daemon.LogTail}");
    }

    /// <summary>Ends dockerd as a crash would; its containers and their shims go on.</summary>
    public void Crash()
    {
        RememberShims();
        _daemon!.Kill();
        // containerd is killed with the dockerd that started it. Until pid 1 has reaped it, the next dockerd takes the
        // pid in this file for a containerd that still runs, and waits for it in vain.
        if (Processes.FromFile(ContainerdPidFile) is not { } pid)
            return;
        Until.True(() => !Processes.Alive(pid), "containerd ends with its dockerd");
        File.Delete(ContainerdPidFile);
    }

    /// <summary>Ends dockerd in good order; its containers go on.</summary>
    public void ShutDown() => _daemon!.End();

    /// <summary>Notes the sockets of all shims, which lie outside of this daemon's directories: a shim that is killed leaves its own.</summary>
    public void RememberShims()
    {
        var bundles = new DirectoryInfo(Path.Combine(ExecRoot, "containerd", "daemon", "io.containerd.runtime.v2.task", "moby"));
        foreach (var address in bundles.GetDirectories().Select(bundle => Path.Combine(bundle.FullName, "address")).Where(File.Exists))
            _shimSockets.Add(File.ReadAllText(address).Replace("unix://", "", StringComparison.Ordinal));
    }

    /// <summary>The name under which the runtime is registered; "runc" is taken by dockerd's own.</summary>
    public static string RegisteredName => RuntimeUnderTest.Name == "runc" ? "tested" : RuntimeUnderTest.Name;

    public void Dispose()
    {
        if (_daemon is { Ended: false } && Call("ps", "-aq").Text is { Length: > 0 } ids)
            Call(["rm", "-f", "-v", .. ids.Split('\n')]);
        _daemon?.Dispose();
        SupervisorUnderTest.End(RuntimeDirectory);
        EndStragglers();
        foreach (var socket in _shimSockets)
            File.Delete(socket);
        Scratch.Dispose();
    }
}
