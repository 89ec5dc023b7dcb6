using Xunit;

namespace Anocir.Engines.Tests.Running;

/// <summary>What the command lines of Docker and Podman have in common: containers of one image, without a network.</summary>
public abstract class ContainerEngine
{
    /// <summary>The image of every container: a busybox tree.</summary>
    public const string Image = "box";

    private int _serial;

    /// <summary>The directory that holds all that is the engine's, and whose name is also the name of its cgroup.</summary>
    public abstract Scratch Scratch { get; }

    /// <summary>The cgroup above all containers of this engine: "/name".</summary>
    public string CgroupParent => "/" + Scratch.Name;

    protected abstract string Program { get; }

    /// <summary>The options before the verb.</summary>
    protected abstract IReadOnlyList<string> Globals { get; }

    /// <summary>Options that every container of this engine needs, after run or create.</summary>
    protected virtual IReadOnlyList<string> ContainerOptions => [];

    protected abstract IReadOnlyDictionary<string, string?> Environment { get; }

    /// <summary>The verb, with its options, that removes a container whatever its state, at once.</summary>
    public virtual IReadOnlyList<string> RemovalByForce => ["rm", "-f", "-v"];

    /// <summary>Calls the engine's command line.</summary>
    public CommandResult Call(params string[] arguments) => Prepare(arguments).Run();

    /// <summary>Calls the engine's command line with something to read.</summary>
    public CommandResult Feed(string input, params string[] arguments) => Prepare(arguments, input).Run();

    /// <summary>Calls the engine's command line on a terminal.</summary>
    public CommandResult OnTerminal(string input, params string[] arguments) =>
        Pty.Run(Prepare(arguments), Program, [.. Globals, .. arguments], input);

    /// <summary>Runs a container in the foreground and removes it.</summary>
    public CommandResult Run(string[] options, params string[] command) =>
        Call(["run", "--rm", .. Common(options), .. options, Image, .. command]);

    /// <summary>Runs a shell script in a container in the foreground and removes it.</summary>
    public CommandResult Sh(string[] options, string script) => Run(options, "sh", "-c", script);

    /// <summary>Starts a container in the background; it goes when it is disposed of.</summary>
    public EngineContainer Start(string[] options, params string[] command) => Make(["run", "-d"], options, command);

    /// <summary>Starts a shell script in a container in the background; it goes when it is disposed of.</summary>
    public EngineContainer StartSh(string[] options, string script) => Start(options, "sh", "-c", script);

    /// <summary>Makes a container without starting it; it goes when it is disposed of.</summary>
    public EngineContainer Create(string[] options, params string[] command) => Make(["create"], options, command);

    /// <summary>A container's name that was not used before.</summary>
    public string NewName() => $"{Scratch.Name}-{Interlocked.Increment(ref _serial)}";

    /// <summary>Options for a container that waits until <see cref="OpenGate"/>: a directory on /gate.</summary>
    public string[] Gate(string name) => ["-v", $"{Scratch.Folder("gates", name)}:/gate:ro"];

    /// <summary>Lets the container behind the gate go on. In its script: <see cref="WaitAtGate"/>.</summary>
    public void OpenGate(string name) => File.WriteAllText(Scratch.File("gates", name, "open"), "");

    /// <summary>The shell command that waits for the gate to be opened.</summary>
    public const string WaitAtGate = "until [ -e /gate/open ]; do usleep 10000; done";

    /// <summary>What a removed container must not leave: groups and processes (asserted, within a bound).</summary>
    public void AssertNothingLeftOf(string id)
    {
        var found = Array.Empty<string>();
        Until.True(
            () =>
            {
                found = [.. Cgroups.Under(CgroupParent, id), .. Processes.Mentioning(id).Select(pid => $"process {pid}")];
                return found.Length == 0;
            },
            $"nothing is left of container {id}",
            explain: () => string.Join('\n', found));
    }

    /// <summary>Ends what a failed test left: shims, containers, monitors, known by this engine's name; and removes its cgroups.</summary>
    protected void EndStragglers()
    {
        foreach (var pid in Processes.Mentioning(Scratch.Name))
            Processes.Signal(pid, "KILL");
        Until.Holds(() => Processes.Mentioning(Scratch.Name).Count == 0, TimeSpan.FromSeconds(10));
        Cgroups.Remove(CgroupParent);
    }

    /// <summary>Options that a container needs and the caller did not give.</summary>
    private IEnumerable<string> Common(string[] options)
    {
        if (options.Contains("--pod"))
            return []; // The pod has the group and the network.
        return options.Contains("--network") ? ContainerOptions : [.. ContainerOptions, "--network", "none"];
    }

    private EngineContainer Make(string[] verb, string[] options, string[] command)
    {
        var named = Array.IndexOf(options, "--name");
        var name = named < 0 ? NewName() : options[named + 1];
        string[] naming = named < 0 ? ["--name", name] : [];
        var container = new EngineContainer(this, name);
        try
        {
            Call([.. verb, .. naming, .. Common(options), .. options, Image, .. command]).Ok();
            return container;
        }
        catch
        {
            container.Dispose();
            throw;
        }
    }

    private Command Prepare(string[] arguments, string? input = null) =>
        new(Program, [.. Globals, .. arguments]) { Input = input, Environment = Environment, Limit = TimeSpan.FromSeconds(90) };

    /// <summary>Skips the test when the engine cannot run here.</summary>
    protected static void SkipUnlessPossible(string? whyNot) => Skip.If(whyNot is not null, whyNot);
}
