using Anocir.Engines.Tests.Running;

namespace Anocir.Engines.Tests.Podman;

/// <summary>
/// Podman with storage and run-time directories of the tests' own. It clears the environment of the runtime, so the runtime
/// under test is called through a script of its name that sets its directory.
/// </summary>
public sealed class PodmanEngine : ContainerEngine, IDisposable
{
    private readonly string? _whyNot = Programs.WhyNot("podman", "conmon", "busybox");
    private readonly Dictionary<string, string?> _environment;

    public PodmanEngine()
    {
        Scratch = new Scratch("p");
        _environment = SupervisorUnderTest.Environment(Scratch.Folder("run"));
        _environment["CONTAINERS_CONF"] = Scratch.File("containers.conf");
        _environment["CONTAINERS_STORAGE_CONF"] = Scratch.File("storage.conf");
        _environment["TMPDIR"] = Scratch.Folder("tmp");
        // conmon passes these on as if they were its own.
        _environment["NOTIFY_SOCKET"] = null;
        _environment["LISTEN_FDS"] = null;
        if (_whyNot is not null)
            return;
        try
        {
            Configure();
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

    protected override string Program => Programs.Require("podman");

    protected override IReadOnlyList<string> Globals =>
    [
        "--root", Scratch.Folder("root"), "--runroot", Scratch.Folder("runroot"), "--tmpdir", Scratch.Folder("libpod"),
        "--runtime", RuntimeScript, "--storage-driver", "overlay", "--cgroup-manager", "cgroupfs", "--events-backend", "file",
    ];

    // Without a time Podman asks the program to end first, and waits ten seconds for it.
    public override IReadOnlyList<string> RemovalByForce => ["rm", "-f", "-v", "-t", "0"];

    protected override IReadOnlyList<string> ContainerOptions => ["--cgroup-parent", CgroupParent];

    protected override IReadOnlyDictionary<string, string?> Environment => _environment;

    private string RuntimeScript => Scratch.File("bin", RuntimeUnderTest.Name);

    /// <summary>This engine, in a test that it can serve; skips any other.</summary>
    public PodmanEngine Ready()
    {
        SkipUnlessPossible(_whyNot);
        return this;
    }

    public void Dispose()
    {
        if (File.Exists(RuntimeScript))
        {
            Call("pod", "rm", "-a", "-f", "-t", "0");
            Call("rm", "-a", "-f", "-t", "0");
        }

        SupervisorUnderTest.End(Scratch.Folder("run"));
        EndStragglers();
        Scratch.Dispose();
    }

    private void Configure()
    {
        File.WriteAllText(RuntimeScript, $"""
            #!/bin/sh
            {RuntimeUnderTest.DirectoryVariable}={Scratch.Folder("run")} exec {Pty.Quote(RuntimeUnderTest.Path)} "$@"

            """);
        File.SetUnixFileMode(RuntimeScript, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Scratch.File("storage.conf"), $"""
            [storage]
            driver = "overlay"
            runroot = "{Scratch.Folder("runroot")}"
            graphroot = "{Scratch.Folder("root")}"

            """);
        // Podman's own limits are above the hard ones of a machine without CAP_SYS_RESOURCE, where no runtime can set them.
        var init = new[] { "catatonit", "tini-static", "docker-init" }.Select(Programs.Find).FirstOrDefault(path => path is not null);
        File.WriteAllText(Scratch.File("containers.conf"), $"""
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
            init_path = "{init}"
            [engine]
            lock_type = "file"

            """);
    }
}
