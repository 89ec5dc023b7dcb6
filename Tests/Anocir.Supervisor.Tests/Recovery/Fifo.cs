using System.Diagnostics;
using Anocir.Supervisor.Tests.Running;

namespace Anocir.Supervisor.Tests.Recovery;

/// <summary>Holds whoever runs <see cref="Script"/> until it is let go: a hook, so that a creation stands still at a known point.</summary>
internal sealed class Fifo : IDisposable
{
    private readonly string _path;
    private readonly string _arrived;

    internal Fifo(Sandbox sandbox, string name)
    {
        _path = $"{sandbox.Root}/{name}.fifo";
        _arrived = $"{sandbox.Root}/{name}.arrived";
        using var made = Process.Start("/usr/bin/mkfifo", [_path]);
        made.WaitForExit();
    }

    /// <summary>Says that it has come, then waits.</summary>
    internal string Script => $"read pid rest < /proc/self/stat; echo $pid > {_arrived}; read line < {_path}; exit 0";

    internal void WaitForArrival() => Until.Holds($"the hook waits at {_path}", () => Processes.TryRead(_arrived) is { Length: > 0 });

    /// <summary>The pid of the program that came.</summary>
    internal int Pid => int.Parse(File.ReadAllText(_arrived).Trim(), System.Globalization.CultureInfo.InvariantCulture);

    internal void LetGo()
    {
        // Opened for both ways, it blocks nobody, whether a reader is there or not.
        using var fifo = new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 1);
        fifo.Write("go\n"u8);
        fifo.Flush();
        if (File.Exists(_arrived)) Until.Holds("the hook has ended", () => !Processes.Lives(Pid));
    }

    public void Dispose()
    {
        if (File.Exists(_arrived) && Processes.Lives(Pid)) LetGo();
    }
}
