using System.Globalization;
using Anocir.Engines.Tests.Running;

namespace Anocir.Engines.Tests.Containerd;

/// <summary>A container in the background and its task, with the output in a file; removed by force when disposed of.</summary>
public sealed class ContainerdTask(ContainerdDaemon daemon, string name, string log) : IDisposable
{
    public string Name => name;

    /// <summary>What the container has printed, both streams together.</summary>
    public string Log => File.Exists(log) ? File.ReadAllText(log) : "";

    /// <summary>RUNNING, STOPPED, PAUSED..., or null where there is no such task.</summary>
    public string? Status => Row()?[2];

    /// <summary>The pid of the container's init on the host.</summary>
    public int Pid => int.Parse(Row()![1], CultureInfo.InvariantCulture);

    /// <summary>Calls ctr task VERB with this container as the last argument.</summary>
    public CommandResult Task(params string[] verb) => daemon.Ctr(["task", .. verb, name]);

    public void WaitForLog(string text) =>
        Until.True(() => Log.Contains(text, StringComparison.Ordinal), $"\"{text}\" in the log of {name}", explain: () => Log);

    public void WaitForStatus(string status) => Until.True(() => Status == status, $"task {name} is {status}");

    /// <summary>Waits for the end of the task, deletes it, and answers the exit code that containerd kept.</summary>
    public int Finish()
    {
        WaitForStatus("STOPPED");
        var deleted = Task("delete").Ok();
        const string words = "exit with non-zero exit code ";
        var at = deleted.Error.IndexOf(words, StringComparison.Ordinal);
        return at < 0 ? 0 : int.Parse(new string(deleted.Error[(at + words.Length)..].TakeWhile(char.IsAsciiDigit).ToArray()), CultureInfo.InvariantCulture);
    }

    /// <summary>Removes the container, whose task must be gone.</summary>
    public void Remove() => daemon.Ctr("containers", "rm", name).Ok();

    public void Dispose()
    {
        Task("delete", "-f");
        daemon.Ctr("containers", "rm", name);
    }

    private string[]? Row() =>
        daemon.Ctr("task", "ls").Ok().Lines
            .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .FirstOrDefault(row => row.Length >= 3 && row[0] == name);
}
