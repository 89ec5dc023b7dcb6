using Anocir.Platform.Ipc;

namespace Anocir.Platform.Security;

/// <summary>
/// Compiled filters by profile. Most containers of a host share an engine's one profile, and compiling it costs more than anything else
/// the supervisor does for a container. Safe to use from any thread; profiles that are compiled at once are compiled once.
/// </summary>
public sealed class SeccompCache
{
    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], LinkedListNode<Entry>> _entries = new(new SameBytes());
    private readonly LinkedList<Entry> _byUse = new();
    private readonly int _capacity;
    private readonly Func<Oci.Seccomp, SeccompProgram?> _compile;

    /// <param name="capacity">How many profiles are kept; the one unused for longest goes first.</param>
    public SeccompCache(int capacity = 64) : this(capacity, SeccompCompiler.Compile)
    {
    }

    internal SeccompCache(int capacity, Func<Oci.Seccomp, SeccompProgram?> compile)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
        _compile = compile;
    }

    /// <summary>As <see cref="SeccompCompiler.Compile"/>, whose failures are not kept.</summary>
    public SeccompProgram? Get(Oci.Seccomp profile)
    {
        var entry = Find(Canonical(profile), profile);
        try
        {
            return entry.Program.Value;
        }
        catch
        {
            Forget(entry);
            throw;
        }
    }

    private Entry Find(byte[] key, Oci.Seccomp profile)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var node))
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                return node.Value;
            }

            var entry = new Entry(key, new Lazy<SeccompProgram?>(() => _compile(profile)));
            _entries.Add(key, _byUse.AddFirst(entry));
            if (_byUse.Count > _capacity)
            {
                _entries.Remove(_byUse.Last!.Value.Key);
                _byUse.RemoveLast();
            }

            return entry;
        }
    }

    private void Forget(Entry entry)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(entry.Key, out var node) || node.Value != entry) return;
            _entries.Remove(entry.Key);
            _byUse.Remove(node);
        }
    }

    /// <summary>Everything that bears on the program, in one byte string.</summary>
    private static byte[] Canonical(Oci.Seccomp profile)
    {
        var w = new WireWriter()
            .String(profile.DefaultAction)
            .OptionalInt((int?)profile.DefaultErrnoRet)
            .Strings(profile.Architectures ?? [])
            .Optional(profile.Flags, static (w, flags) => w.Strings(flags))
            .String(profile.ListenerPath)
            .String(profile.ListenerMetadata);
        w.List(profile.Syscalls ?? [], static (w, call) => w
            .Strings(call.Names ?? [])
            .String(call.Action)
            .OptionalInt((int?)call.ErrnoRet)
            .List(call.Args ?? [], static (w, arg) => w.Int((int)arg.Index).Long((long)arg.Value).Long((long)arg.ValueTwo).String(arg.Op)));
        return w.Written.ToArray();
    }

    private sealed record Entry(byte[] Key, Lazy<SeccompProgram?> Program);

    // Keys are compared whole, not only by hash: a container must never run under another's filter.
    private sealed class SameBytes : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] bytes)
        {
            var hash = new HashCode();
            hash.AddBytes(bytes);
            return hash.ToHashCode();
        }
    }
}
