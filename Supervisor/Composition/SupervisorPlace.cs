using System.Globalization;
using System.Text;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Supervisor.Composition;

/// <summary>The files of one supervisor in the runtime directory, held by a lock for as long as it lives: there is never a second one.</summary>
internal sealed class SupervisorPlace : IDisposable
{
    private readonly FdHandle _lock;
    private readonly string _stem;
    private bool _socketIsOurs;

    private SupervisorPlace(FdHandle held, string stem)
    {
        _lock = held;
        _stem = stem;
    }

    public string JournalPath => _stem + ".journal";

    public string SocketPath => _stem + ".sock";

    public static SupervisorPlace Take(string name)
    {
        Sys.MakeDirectory(null, RuntimeDirectory.Path, 0x1C0 /* 0700 */);
        var stem = $"{RuntimeDirectory.Path}/supervisor{(name.Length == 0 ? "" : "-" + name)}";
        // A predecessor of another build that makes way may still be at its last steps: the lock waits for it, and dies with its holder.
        var held = Sys.Open(stem + ".lock", Sys.ORdWr | Sys.OCreat | Sys.ONoFollow, 0x180 /* 0600 */);
        if (!Sys.TryLock(held, TimeSpan.FromSeconds(10))) throw new ContainerException($"another supervisor holds {stem}.lock");
        WriteText(stem + ".pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new SupervisorPlace(held, stem);
    }

    /// <summary>Listens, unless systemd does already; the socket of a supervisor that was killed is replaced.</summary>
    public FdHandle Listen(int backlog)
    {
        if (HandedListener.Take() is { } handed) return handed;
        _socketIsOurs = true;
        Sys.Unlink(null, SocketPath);
        var socket = UnixSocket.Listen(SocketPath, backlog, nonBlocking: true);
        Sys.ChangeMode(SocketPath, 0x180 /* 0600 */);
        return socket;
    }

    public void Dispose()
    {
        // systemd goes on listening on its own.
        if (_socketIsOurs) Sys.Unlink(null, SocketPath);
        Sys.Unlink(null, _stem + ".pid");
        _lock.Dispose();
    }

    private static void WriteText(string path, string text)
    {
        using var file = Sys.Open(path, Sys.OWrOnly | Sys.OCreat | Sys.OTrunc | Sys.ONoFollow, 0x180 /* 0600 */);
        Sys.WriteAll(file, Encoding.ASCII.GetBytes(text), path);
    }
}
