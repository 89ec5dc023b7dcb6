namespace Anocir.Runtime.Tests.Running;

/// <summary>One container of the runtime under test, deleted by force when disposed of.</summary>
public sealed class Container(RuntimeFixture runtime, Bundle bundle, string id) : IDisposable
{
    private Invocation? _creation;

    public string Id => id;

    public Bundle Bundle => bundle;

    /// <summary>What the container printed: it has the outputs of the call that made it.</summary>
    public string Output => _creation!.Output;

    public string Error => _creation!.Error;

    public JsonObject State => JsonNode.Parse(runtime.Call("state", id).Ok().Output)!.AsObject();

    public string Status => (string)State["status"]!;

    public int Pid => (int)State["pid"]!;

    /// <summary>Prepares <c>create</c> or <c>run</c> of the bundle as it stands now.</summary>
    public Invocation Prepare(string verb, params string[] flags) => Prepare(verb, new Caller(), flags);

    public Invocation Prepare(string verb, Caller caller, params string[] flags)
    {
        bundle.Save();
        return _creation = runtime.Prepare(caller, [verb, "--bundle", bundle.Directory, .. flags, id]);
    }

    public CommandResult Create(params string[] flags) => Prepare("create", flags).Run();

    public CommandResult Run(params string[] flags) => Prepare("run", flags).Run();

    public CommandResult Start() => runtime.Call("start", id);

    public CommandResult Kill(params string[] signal) => runtime.Call(["kill", id, .. signal]);

    /// <summary>A container whose init sleeps, already running.</summary>
    public Container Begin()
    {
        bundle.Config.Args("sleep", "1000");
        Create().Ok();
        Start().Ok();
        return this;
    }

    /// <summary>Runs a further process in it: the words after the id.</summary>
    public CommandResult Exec(params string[] command) => PrepareExec(new Caller(), [], command).Run();

    /// <summary>Runs a shell script in it, with flags of exec.</summary>
    public CommandResult ExecScript(string script, params string[] flags) => PrepareExec(new Caller(), flags, "/bin/sh", "-c", script).Run();

    public Invocation PrepareExec(Caller caller, string[] flags, params string[] command) => runtime.Prepare(caller, ["exec", .. flags, id, .. command]);

    public CommandResult Delete(params string[] flags) => runtime.Call(["delete", .. flags, id]);

    public void WaitForStatus(string status) => Until.True(() => Status == status, $"{id} is {status}", explain: () => runtime.Call("state", id).ToString());

    /// <summary>Waits until it is stopped, or was deleted.</summary>
    public void WaitGone() =>
        Until.True(() => runtime.Call("state", id) is { } state && (state.ExitCode != 0 || (string?)JsonNode.Parse(state.Output)!["status"] == "stopped"), $"the end of {id}");

    public void WaitForOutput(string text) =>
        Until.True(() => Output.Contains(text, StringComparison.Ordinal), $"\"{text}\" from {id}", explain: () => Output + Error);

    public void Dispose() => runtime.Call("delete", "--force", id);
}
