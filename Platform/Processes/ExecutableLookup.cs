using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Processes;

/// <summary>Finds the program of a container as execvp(3) would, in the present root and working directory.</summary>
internal static class ExecutableLookup
{
    // The search of a container without PATH is the implementation's choice (POSIX, exec).
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The path to execute.</summary>
    /// <param name="name">args[0]; one with a slash is not searched for.</param>
    /// <param name="searchPath">PATH of the container's environment, null when unset.</param>
    /// <exception cref="ContainerException">There is none, in the words that engines look for.</exception>
    internal static string Find(string name, string? searchPath)
    {
        if (name.Contains('/'))
        {
            var errno = Check(name);
            // execve(2) of a directory is EACCES, and engines look for its words (exit code 126).
            var why = errno == Errno.EISDIR ? $"{Errno.Text(errno)}: {Errno.Text(Errno.EACCES)}" : Errno.Text(errno);
            return errno == 0 ? name : throw new ContainerException($"exec: {Quote(name)}: {why}");
        }

        if (name.Length > 0)
            foreach (var directory in (searchPath ?? DefaultPath).Split(':'))
            {
                // An empty entry is the working directory.
                var candidate = directory.Length == 0 ? $"./{name}" : $"{directory.TrimEnd('/')}/{name}";
                if (Check(candidate) == 0) return candidate;
            }

        throw new ContainerException($"exec: {Quote(name)}: executable file not found in $PATH");
    }

    private static int Check(string path)
    {
        var errno = ProcessCalls.Stat(null, path, out var facts);
        if (errno != 0) return errno;
        if (facts.IsDirectory) return Errno.EISDIR;
        errno = ProcessCalls.CanExecute(path);
        const int anyExecute = 0x49; // 0111
        // Linux 5.8 brought faccessat2, and a filter around this runtime may refuse it.
        if (errno is Errno.ENOSYS or Errno.EPERM) return (facts.Mode & anyExecute) != 0 ? 0 : Errno.EACCES;
        return errno;
    }

    private static string Quote(string name) => $"\"{name.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"";
}
