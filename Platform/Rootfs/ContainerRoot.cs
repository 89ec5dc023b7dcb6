using System.Runtime.InteropServices;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Rootfs;

/// <summary>
/// The tree of a container seen through a descriptor of its root. Every path is walked by the kernel inside that root
/// (openat2, RESOLVE_IN_ROOT) or part by part below descriptors: an image's symlinks lead nowhere else, swapped or not.
/// </summary>
internal sealed class ContainerRoot(FdHandle directory) : IDisposable
{
    private const ulong InRoot = Sys.ResolveInRoot | Sys.ResolveNoMagicLinks;
    private const int LinkLimit = 40;

    internal FdHandle Directory { get; } = directory;

    public void Dispose() => Directory.Dispose();

    /// <summary>Opens with O_PATH what a path leads to.</summary>
    internal FdHandle? TryOpen(string path, out int errno, ulong resolve = 0) =>
        Sys.TryOpenAt2(Directory, Relative(path), Sys.OPath, InRoot | resolve, out errno);

    /// <summary>Opens with O_PATH what a path leads to; makes the directories that are missing and, at the end, a directory or an empty file.</summary>
    /// <param name="path">A path as the container sees it.</param>
    /// <param name="wantsDirectory">Asked only when the end of the path must be made.</param>
    /// <param name="created">True when it was.</param>
    /// <exception cref="SyscallException">With the path in its action.</exception>
    internal FdHandle OpenOrCreate(string path, Func<bool> wantsDirectory, out bool created)
    {
        created = false;
        if (TryOpen(path, out var errno) is { } found) return found;
        if (errno != Errno.ENOENT) throw new SyscallException($"open {path} in the root filesystem", errno);
        return Walk(path, wantsDirectory, out created);
    }

    /// <summary>The directory that holds the last part of a path, made if it is missing, and that part.</summary>
    internal (FdHandle Parent, string Name) OpenParent(string path)
    {
        var slash = path.LastIndexOf('/');
        return (OpenOrCreate(slash <= 0 ? "/" : path[..slash], static () => true, out _), path[(slash + 1)..]);
    }

    private FdHandle Walk(string path, Func<bool> wantsDirectory, out bool created)
    {
        created = false;
        var parts = new Stack<string>(path.Split('/').Reverse());
        var parents = new Stack<FdHandle>();
        var current = Sys.Duplicate(Directory);
        try
        {
            for (var links = 0; parts.TryPop(out var part);)
            {
                if (part.Length == 0 || part == ".") continue;
                if (part == "..")
                {
                    // The root is its own parent; descriptors of the way down are the way up, whatever is renamed meanwhile.
                    if (!parents.TryPop(out var parent)) continue;
                    current.Dispose();
                    current = parent;
                    continue;
                }

                var last = parts.All(static p => p.Length == 0 || p == ".");
                var next = Step(current, part, path, !last || wantsDirectory(), out var made);
                if (made) created = last;
                var status = Sys.Stat(next, path);
                if (status.Type == FileStatus.SymbolicLink)
                {
                    using (next)
                    {
                        if (++links > LinkLimit) throw new SyscallException($"open {path} in the root filesystem", Errno.ELOOP);
                        var target = Sys.ReadLink(next, path);
                        if (target.StartsWith('/'))
                        {
                            current.Dispose();
                            while (parents.TryPop(out var parent)) parent.Dispose();
                            current = Sys.Duplicate(Directory);
                        }

                        foreach (var word in target.Split('/').Reverse()) parts.Push(word);
                    }

                    continue;
                }

                if (!last && !status.IsDirectory)
                {
                    next.Dispose();
                    throw new SyscallException($"open {path} in the root filesystem", Errno.ENOTDIR);
                }

                parents.Push(current);
                current = next;
            }

            return current;
        }
        catch
        {
            current.Dispose();
            throw;
        }
        finally
        {
            foreach (var parent in parents) parent.Dispose();
        }
    }

    /// <summary>Opens one part below a directory, without following it; makes it if it is missing.</summary>
    private static FdHandle Step(FdHandle directory, string part, string path, bool asDirectory, out bool made)
    {
        made = false;
        for (var attempt = 0; ; attempt++)
        {
            if (Sys.TryOpen(directory, part, Sys.OPath | Sys.ONoFollow, 0, out var errno) is { } next) return next;
            if (errno != Errno.ENOENT || attempt == 8) throw new SyscallException($"open {path} in the root filesystem", errno);
            // Somebody else may make it, or take it away, between the two calls: then look again.
            errno = asDirectory ? TryMakeDirectory(directory, part) : TryMakeFile(directory, part);
            if (errno is not 0 and not Errno.EEXIST) throw new SyscallException($"create {path} in the root filesystem", errno);
            made = errno == 0;
        }
    }

    internal static int TryMakeDirectory(FdHandle directory, string name, uint mode = 0x1ED)
    {
        var errno = Libc.mkdirat(directory.Value, name, mode) == 0 ? 0 : Marshal.GetLastPInvokeError();
        GC.KeepAlive(directory);
        return errno;
    }

    private static int TryMakeFile(FdHandle directory, string name)
    {
        using var file = Sys.TryOpen(directory, name, Sys.OWrOnly | Sys.OCreat | Sys.OExcl | Sys.ONoFollow, 0x1A4, out var errno);
        return errno;
    }

    /// <summary>openat2 takes "/" as the root with RESOLVE_IN_ROOT; the leading slash is dropped for the calls that lack it.</summary>
    private static string Relative(string path)
    {
        var trimmed = path.TrimStart('/');
        return trimmed.Length == 0 ? "." : trimmed;
    }
}
