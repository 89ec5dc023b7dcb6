using System.Globalization;
using System.Text;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Supervisor.Composition;

/// <summary>The files of one supervisor in the runtime directory, held by a lock for as long as it lives: there is never a second one.</summary>
internal sealed class SupervisorPlace : IDisposable
{
    private const string FirstStem = "/supervisor";
    /// <summary>PROC_PID_INIT_INO of the kernel.</summary>
    private const string FirstPidNamespace = "pid:[4026531836]";
    private readonly FdHandle _lock;
    private readonly string _stem;
    private bool _socketIsOurs;
    private bool _forsaken;

    private SupervisorPlace(FdHandle held, string stem)
    {
        _lock = held;
        _stem = stem;
    }

    public string JournalPath => _stem + ".journal";

    public string SocketPath => _stem + ".sock";

    /// <summary>It serves no other namespaces than those of whoever called first in this runtime directory.</summary>
    public bool IsFirst => _stem.EndsWith(FirstStem, StringComparison.Ordinal);

    public static SupervisorPlace Take(string name)
    {
        Sys.MakeDirectory(null, RuntimeDirectory.Path, 0x1C0 /* 0700 */);
        var stem = $"{RuntimeDirectory.Path}{FirstStem}{(name.Length == 0 ? "" : "-" + name)}";
        FdHandle held;
        while (true)
        {
            // A predecessor of another build that makes way may still be at its last steps: the lock waits for it, and dies with its holder.
            held = Sys.Open(LockOf(stem), Sys.ORdWr | Sys.OCreat | Sys.ONoFollow, 0x180 /* 0600 */);
            if (!Sys.TryLock(held, TimeSpan.FromSeconds(10))) throw new ContainerException($"another supervisor holds {LockOf(stem)}");
            // One that was forsaken took its lock's file with it.
            if (Sys.IsAt(held, LockOf(stem))) break;
            held.Dispose();
        }

        RemoveDead(stem);
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

    /// <summary>Nobody will come here again, or whoever does begins anew: nothing is left behind.</summary>
    public void Forsake() => _forsaken = true;

    public void Dispose()
    {
        // systemd goes on listening on its own.
        if (_socketIsOurs) Sys.Unlink(null, SocketPath);
        Sys.Unlink(null, _stem + ".pid");
        if (_forsaken) RemoveFiles(_stem);
        _lock.Dispose();
    }

    /// <summary>
    /// What supervisors left that were killed with their pid namespace: there is nobody in it for whom another would be started, and its number
    /// may be another's one day. Only the first pid namespace of the host shows whether there is.
    /// </summary>
    private static void RemoveDead(string own)
    {
        if (Sys.TryReadLink("/proc/self/ns/pid") != FirstPidNamespace) return;
        HashSet<string>? inhabited = null;
        foreach (var path in Directory.GetFiles(RuntimeDirectory.Path, "supervisor-*.lock"))
        {
            var stem = path[..^".lock".Length];
            var namespaces = Path.GetFileName(stem).Split('-');
            if (stem == own || namespaces.Length != 4 || $"pid:[{namespaces[3]}]" == FirstPidNamespace) continue;
            using var held = Sys.TryOpen(null, path, Sys.ORdWr | Sys.ONoFollow, 0, out _);
            if (held is null || !Sys.TryLock(held, TimeSpan.Zero) || !Sys.IsAt(held, path)) continue;
            inhabited ??= [.. Directory.GetDirectories("/proc").Select(p => Sys.TryReadLink($"{p}/ns/pid")).OfType<string>()];
            if (!inhabited.Contains($"pid:[{namespaces[3]}]")) RemoveFiles(stem);
        }
    }

    /// <summary>The lock last: who waits for it finds nothing of before.</summary>
    private static void RemoveFiles(string stem)
    {
        foreach (var suffix in (ReadOnlySpan<string>)[".sock", ".pid", ".journal-wal", ".journal-shm", ".journal"]) Sys.Unlink(null, stem + suffix);
        Sys.Unlink(null, LockOf(stem));
    }

    private static string LockOf(string stem) => stem + ".lock";

    private static void WriteText(string path, string text)
    {
        using var file = Sys.Open(path, Sys.OWrOnly | Sys.OCreat | Sys.OTrunc | Sys.ONoFollow, 0x180 /* 0600 */);
        Sys.WriteAll(file, Encoding.ASCII.GetBytes(text), path);
    }
}
