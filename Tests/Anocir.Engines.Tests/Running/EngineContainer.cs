using System.Globalization;

namespace Anocir.Engines.Tests.Running;

/// <summary>A named container of Docker or Podman; removed by force when disposed of.</summary>
public sealed class EngineContainer(ContainerEngine engine, string name) : IDisposable
{
    private string? _id;

    public string Name => name;

    /// <summary>The full id.</summary>
    public string Id => _id ??= Inspect("{{.Id}}");

    /// <summary>The pid of the container's init on the host; 0 when it does not run.</summary>
    public int Pid => int.Parse(Inspect("{{.State.Pid}}"), CultureInfo.InvariantCulture);

    public string Status => Inspect("{{.State.Status}}");

    public int ExitCode => int.Parse(Inspect("{{.State.ExitCode}}"), CultureInfo.InvariantCulture);

    public int Restarts => int.Parse(Inspect("{{.RestartCount}}"), CultureInfo.InvariantCulture);

    public string Inspect(string format) => engine.Call("inspect", "--type", "container", "-f", format, name).Ok().Text;

    public CommandResult Logs(params string[] options) => engine.Call(["logs", .. options, name]).Ok();

    public CommandResult Exec(string[] options, params string[] command) => engine.Call(["exec", .. options, name, .. command]);

    /// <summary>Calls a verb of the engine with this container as its last argument.</summary>
    public CommandResult Call(params string[] verb) => engine.Call([.. verb, name]);

    /// <summary>Waits for the end of the container and answers its exit code.</summary>
    public int Wait() => int.Parse(Call("wait").Ok().Text, CultureInfo.InvariantCulture);

    /// <summary>Waits until the container has printed the text.</summary>
    public void WaitForLog(string text) =>
        Until.True(() => (Logs() is var log) && (log.Output + log.Error).Contains(text, StringComparison.Ordinal),
            $"\"{text}\" in the log of {name}", explain: () => engine.Call("logs", name).ToString());

    public void WaitForStatus(string status) =>
        Until.True(() => Status == status, $"{name} is {status}", explain: () => Inspect("{{json .State}}"));

    /// <summary>Removes the container by force.</summary>
    public void Remove() => engine.Call([.. engine.RemovalByForce, name]).Ok();

    public void Dispose() => engine.Call([.. engine.RemovalByForce, name]);
}
