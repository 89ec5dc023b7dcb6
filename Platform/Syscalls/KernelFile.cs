using System.Text;

namespace Anocir.Platform.Syscalls;

/// <summary>Short files of procfs, sysfs and cgroupfs: one write whole, one read whole. The path must be one the host controls.</summary>
public static class KernelFile
{
    /// <summary>Writes the value in one write(2).</summary>
    /// <exception cref="SyscallException">With "write VALUE to PATH" as its action.</exception>
    public static void Write(FdHandle? directory, string path, string value)
    {
        var errno = TryWrite(directory, path, value);
        if (errno != 0) throw new SyscallException($"write {Shorten(value)} to {path}", errno);
    }

    public static void Write(string path, string value) => Write(null, path, value);

    /// <summary>Writes the value in one write(2): 0 or the errno of open or write.</summary>
    public static int TryWrite(FdHandle? directory, string path, string value)
    {
        using var file = Sys.TryOpen(directory, path, Sys.OWrOnly, 0, out var errno);
        return file is null ? errno : Sys.TryWrite(file, Encoding.UTF8.GetBytes(value));
    }

    /// <summary>The whole text, without the last newline.</summary>
    public static string Read(FdHandle? directory, string path) =>
        TryRead(directory, path, out var errno) ?? throw new SyscallException($"read {path}", errno);

    public static string Read(string path) => Read(null, path);

    /// <summary>The whole text without the last newline, or null and the errno.</summary>
    public static string? TryRead(FdHandle? directory, string path, out int errno)
    {
        using var file = Sys.TryOpen(directory, path, Sys.ORdOnly, 0, out errno);
        if (file is null) return null;
        var buffer = new byte[4096];
        var length = 0;
        try
        {
            while (true)
            {
                var n = Sys.Read(file, buffer.AsSpan(length), path);
                length += n;
                if (length < buffer.Length) break;
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
        catch (SyscallException e)
        {
            errno = e.Errno;
            return null;
        }

        return Encoding.UTF8.GetString(buffer, 0, length).TrimEnd('\n');
    }

    private static string Shorten(string value)
    {
        value = value.TrimEnd('\n');
        return value.Length <= 80 ? $"\"{value}\"" : $"\"{value[..77]}...\"";
    }
}
