namespace Anocir.Runtime.Tests.Running;

/// <summary>
/// The runtime under test for one collection of tests: its own runtime directory and with it its own supervisor, its own --root,
/// its own parent of cgroups. All of it goes at the end.
/// </summary>
public sealed class RuntimeFixture : IDisposable
{
    private readonly Scratch? _scratch;
    private int _count;

    public RuntimeFixture()
    {
        WhyNot = Programs.WhyNot("busybox");
        if (WhyNot is not null) return;
        _scratch = new Scratch("rt");
        Busybox = _scratch.File("busybox");
        File.Copy(Programs.Find("busybox")!, Busybox);
        Calls = _scratch.Folder("calls");
    }

    /// <summary>Why nothing can be tested here, or null.</summary>
    public string? WhyNot { get; }

    /// <summary>False when another runtime (runc) was named, to see that a test is fair.</summary>
    public static bool IsAnocir => RuntimeUnderTest.Name.StartsWith("anocir", StringComparison.Ordinal);

    public string Name => Scratch.Name;

    public string Root => Path.Combine(Scratch.Directory, "root");

    /// <summary>Where the supervisor keeps its files.</summary>
    public string RuntimeDirectory => Path.Combine(Scratch.Directory, "rt");

    public string CgroupParent => "/" + Name;

    public Scratch Scratch => _scratch ?? throw new InvalidOperationException(WhyNot);

    private string Busybox { get; } = "";

    private string Calls { get; } = "";

    /// <summary>Skips the test where nothing can be run.</summary>
    public void Require() => Skip.If(WhyNot is not null, WhyNot);

    /// <summary>Skips the test when the runtime is another one, which does it differently.</summary>
    public void RequireAnocir(string because)
    {
        Require();
        Skip.IfNot(IsAnocir, because);
    }

    /// <summary>A container of a new bundle, not yet created.</summary>
    public Container Container(Action<JsonObject>? edit = null)
    {
        Require();
        var id = $"{Name}-{Interlocked.Increment(ref _count)}";
        var bundle = new Bundle(Scratch.Folder("bundles", id), Busybox, $"{CgroupParent}/{id}");
        edit?.Invoke(bundle.Config);
        return new Container(this, bundle, id);
    }

    /// <summary>A running container whose init does nothing.</summary>
    public Container Running(Action<JsonObject>? edit = null) => Container(edit).Begin();

    /// <summary>The pid of the supervisor that runs for these tests.</summary>
    public int Supervisor => SupervisorUnderTest.Pid(RuntimeDirectory) ?? throw new InvalidOperationException("no supervisor runs");

    public CommandResult Call(params string[] arguments) => Prepare(new Caller(), arguments).Run();

    public CommandResult Call(Caller caller, params string[] arguments) => Prepare(caller, arguments).Run();

    public Invocation Prepare(Caller caller, params string[] arguments)
    {
        Require();
        var environment = new Dictionary<string, string?>(SupervisorUnderTest.Environment(RuntimeDirectory));
        foreach (var (name, value) in caller.Environment ?? new Dictionary<string, string?>()) environment[name] = value;
        return new Invocation(Calls, [RuntimeUnderTest.Path, "--root", Root, .. caller.GlobalFlags ?? [], .. arguments])
        {
            Directory = caller.Directory,
            Redirections = caller.Redirections,
            Before = caller.Before,
            Wrapper = caller.Wrapper,
            Terminal = caller.Terminal,
            Input = caller.Input,
            Environment = environment,
        };
    }

    /// <summary>What a container has left: its directory, cgroups, processes, mounts, its place in the list.</summary>
    public IReadOnlyList<string> LeftOf(string id)
    {
        var left = new List<string>();
        if (Call("list", "--quiet").Ok().Lines.Contains(id)) left.Add($"{id} in the list");
        foreach (var directory in new[] { Root, Path.Combine(RuntimeDirectory, "containers") })
        {
            if (Directory.Exists(directory))
                left.AddRange(Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories).Where(path => path.Contains(id, StringComparison.Ordinal)));
        }

        left.AddRange(Cgroups.Under(CgroupParent, id));
        left.AddRange(Processes.Mentioning(id).Select(pid => $"process {pid}: {File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ')}"));
        var supervisor = Processes.FromFile(Path.Combine(RuntimeDirectory, "supervisor.pid"));
        foreach (var who in new[] { "self", supervisor?.ToString(CultureInfo.InvariantCulture) ?? "self" })
            left.AddRange(File.ReadLines($"/proc/{who}/mountinfo").Where(line => line.Contains(id, StringComparison.Ordinal)));
        return left;
    }

    public void Dispose()
    {
        if (_scratch is null) return;
        foreach (var id in Call("list", "--quiet").Lines.Where(id => id.Length > 0)) Call("delete", "--force", id);
        SupervisorUnderTest.End(RuntimeDirectory);
        Cgroups.Remove(CgroupParent);
        _scratch.Dispose();
    }
}
