using System.Runtime.InteropServices;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Launch;

/// <summary>Which namespaces a container gets new, and which it joins.</summary>
public sealed class NamespaceJoin : IDisposable
{
    /// <summary>NS_GET_NSTYPE of ioctl_ns(2).</summary>
    private const nuint NsGetNsType = 0xb703;

    private readonly List<(int Flag, FdHandle Handle)> _joined = [];

    private NamespaceJoin(long made) => Made = made;

    /// <summary>CLONE_NEW* of the new ones.</summary>
    public long Made { get; private set; }

    /// <summary>CLONE_NEW* of the joined ones, in the order to join them.</summary>
    public IReadOnlyList<int> JoinedFlags => [.. _joined.Select(j => j.Flag)];

    /// <summary>A copy of the one of this type that is joined, or null.</summary>
    public FdHandle? Joined(int flag) => _joined.Find(j => j.Flag == flag).Handle is { } handle ? Sys.Duplicate(handle) : null;

    public bool Joins(int flag) => _joined.Exists(j => j.Flag == flag);

    public bool Makes(int flag) => (Made & flag) != 0;

    /// <summary>Opens what is to be joined.</summary>
    /// <exception cref="ContainerException">A path that is no namespace, or one of another type.</exception>
    public static unsafe NamespaceJoin From(IReadOnlyList<Namespace>? namespaces)
    {
        var join = new NamespaceJoin(0);
        try
        {
            foreach (var (name, flag) in NamespaceTypes.All)
            {
                if (namespaces?.FirstOrDefault(n => n.Type == name) is not { } wanted) continue;
                if (string.IsNullOrEmpty(wanted.Path))
                {
                    join.Made |= (uint)flag;
                    continue;
                }

                var handle = Sys.TryOpen(null, wanted.Path, Sys.ORdOnly, 0, out var errno)
                    ?? throw new ContainerException($"linux.namespaces: open {name} namespace {wanted.Path}: {Errno.Name(errno)} ({Errno.Text(errno)})");
                join._joined.Add((flag, handle));
                var type = Libc.ioctl(handle.Value, NsGetNsType, null);
                if (type != flag)
                {
                    throw new ContainerException(type < 0 && Marshal.GetLastPInvokeError() == Errno.ENOTTY
                        ? $"linux.namespaces: {wanted.Path} is not a namespace"
                        : $"linux.namespaces: {wanted.Path} is not a {name} namespace");
                }
            }

            return join;
        }
        catch
        {
            join.Dispose();
            throw;
        }
    }

    /// <summary>The open namespaces, in the order of <see cref="JoinedFlags"/>; they are the caller's from now on.</summary>
    public IReadOnlyList<FdHandle> Take()
    {
        var handles = _joined.ConvertAll(static j => Sys.Duplicate(j.Handle));
        return handles;
    }

    public void Dispose()
    {
        foreach (var (_, handle) in _joined) handle.Dispose();
    }
}
