using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Containerd;

/// <summary>
/// A containerd of the tests' own, called by ctr in a namespace of its own: the name of that namespace is also the
/// cgroup above all its containers and the directory of the runtime's root under /run/containerd/runc.
/// </summary>
public sealed class ContainerdDaemon : IDisposable
{
    private readonly string? _whyNot = Programs.WhyNot("containerd", "ctr", "busybox");
    private readonly Scratch _scratch = new("c");
    private readonly Dictionary<string, string?> _environment;
    private Daemon? _daemon;
    private int _serial;

    public ContainerdDaemon()
    {
        _environment = SupervisorUnderTest.Environment(_scratch.Folder("run"));
        if (_whyNot is not null)
            return;
        try
        {
            Boot();
            var (tree, archive) = (_scratch.File("box.tar"), _scratch.File("image.tar"));
            BusyboxTree.Write(tree);
            DockerArchive.Write(archive, tree, Image);
            Ctr("image", "import", archive).Ok();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The image of every container: a busybox tree.</summary>
    public static string Image => "docker.io/library/box:latest";

    public Scratch Scratch => _scratch;

    /// <summary>The cgroup above all containers: "/name".</summary>
    public string CgroupParent => "/" + _scratch.Name;

    /// <summary>The options of ctr run that name the runtime under test.</summary>
    public static string[] WithRuntime => ["--runc-binary", RuntimeUnderTest.Path];

    private string Address => _scratch.File("ctrd.sock");

    /// <summary>This daemon, in a test that it can serve; skips any other.</summary>
    public ContainerdDaemon Ready()
    {
        Skip.If(_whyNot is not null, _whyNot);
        return this;
    }

    /// <summary>Calls ctr.</summary>
    public CommandResult Ctr(params string[] arguments) => Prepare(arguments).Run();

    /// <summary>Runs a container in the foreground and removes it.</summary>
    public CommandResult Run(string[] options, params string[] command) =>
        Ctr(["run", "--rm", .. WithRuntime, .. options, Image, NewName(), .. command]);

    /// <summary>Runs a shell script in a container in the foreground and removes it.</summary>
    public CommandResult Sh(string[] options, string script) => Run(options, "sh", "-c", script);

    /// <summary>Runs a container with something to read.</summary>
    public CommandResult Feed(string input, params string[] command) =>
        Prepare(["run", "--rm", .. WithRuntime, Image, NewName(), .. command], input).Run();

    /// <summary>Runs a container on a terminal.</summary>
    public CommandResult OnTerminal(string input, string[] options, params string[] command)
    {
        string[] arguments = ["run", "--rm", "-t", .. WithRuntime, .. options, Image, NewName(), .. command];
        return Pty.Run(Prepare(arguments), Programs.Require("ctr"), [.. Globals, .. arguments], input);
    }

    /// <summary>Starts a shell script in a container in the background; it goes when it is disposed of.</summary>
    public ContainerdTask StartSh(string[] options, string script)
    {
        var name = NewName();
        var log = _scratch.File("logs", name);
        var task = new ContainerdTask(this, name, log);
        try
        {
            Ctr(["run", "-d", "--log-uri", "file://" + log, .. WithRuntime, .. options, Image, name, "sh", "-c", script]).Ok();
            return task;
        }
        catch
        {
            task.Dispose();
            throw;
        }
    }

    /// <summary>A container's name that was not used before.</summary>
    public string NewName() => $"{_scratch.Name}-{Interlocked.Increment(ref _serial)}";

    /// <summary>What a removed container must not leave: groups, processes, and the runtime's directory of it.</summary>
    public void AssertNothingLeftOf(string name)
    {
        var found = Array.Empty<string>();
        Until.True(
            () =>
            {
                found =
                [
                    .. Cgroups.Under(CgroupParent).Where(group => group.EndsWith("/" + name, StringComparison.Ordinal)),
                    .. Processes.Mentioning(name).Select(pid => $"process {pid}"),
                    .. new[] { Path.Combine(RuntimeRoot, name) }.Where(Path.Exists),
                ];
                return found.Length == 0;
            },
            $"nothing is left of container {name}",
            explain: () => string.Join('\n', found));
    }

    private string RuntimeRoot => Path.Combine("/run/containerd/runc", _scratch.Name);

    private string[] Globals => ["-a", Address, "-n", _scratch.Name];

    public void Dispose()
    {
        if (_daemon is { Ended: false })
        {
            foreach (var name in Ctr("containers", "ls", "-q").Lines.Where(line => line.Length > 0))
                new ContainerdTask(this, name, "").Dispose();
        }

        _daemon?.Dispose();
        SupervisorUnderTest.End(_scratch.Folder("run"));
        foreach (var pid in Processes.Mentioning(_scratch.Name))
            Processes.Signal(pid, "KILL");
        Until.Holds(() => Processes.Mentioning(_scratch.Name).Count == 0, TimeSpan.FromSeconds(10));
        Cgroups.Remove(CgroupParent);
        if (Directory.Exists(RuntimeRoot))
            Directory.Delete(RuntimeRoot, recursive: true);
        _scratch.Dispose();
    }

    private void Boot()
    {
        var configuration = _scratch.File("config.toml");
        // The CRI plugin would want networks, which no test here has.
        File.WriteAllText(configuration, $"""
            version = 2
            root = "{_scratch.Folder("root")}"
            state = "{_scratch.Folder("state")}"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
            [grpc]
              address = "{Address}"
            [ttrpc]
              address = "{Address}.ttrpc"
            """);
        _daemon = new Daemon(Programs.Require("containerd"), ["--config", configuration], _scratch.File("containerd.log"), _environment);
        _daemon.WaitUntil(() => Ctr("version").ExitCode == 0);
        if (_daemon.Ended)
            throw new InvalidOperationException($"containerd ended:\n{_daemon.LogTail}");
    }

    private Command Prepare(string[] arguments, string? input = null) =>
        new(Programs.Require("ctr"), [.. Globals, .. arguments]) { Input = input, Environment = _environment };
}
