using System.Globalization;
using System.Text;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Processes;

/// <summary>/etc/passwd of the present root, read as data: no name service, no more than a bound, and nothing in it can do more than name a directory.</summary>
internal static class UserDatabase
{
    internal const string Unknown = "/";

    private const int MaxBytes = 4 << 20;

    /// <summary>The home directory of a user, or "/" when there is no telling.</summary>
    internal static string HomeOf(uint uid, string path = "/etc/passwd")
    {
        // O_NONBLOCK: an image may have put a fifo there, and no one will write to it.
        using var file = Sys.TryOpen(null, path, Sys.ORdOnly | Sys.ONonBlock | Sys.ONoCtty, 0, out _);
        if (file is null || ProcessCalls.Stat(file.Value, "", out var facts) != 0 || !facts.IsRegular) return Unknown;
        var buffer = new byte[16 << 10];
        var held = 0;
        for (var total = 0; total < MaxBytes;)
        {
            int read;
            try
            {
                read = Sys.Read(file, buffer.AsSpan(held), path);
            }
            catch (SyscallException)
            {
                return Unknown;
            }

            total += read;
            held += read;
            var rest = buffer.AsSpan(0, held);
            while (rest.IndexOf((byte)'\n') is var end and >= 0)
            {
                if (Home(rest[..end], uid) is { } home) return home;
                rest = rest[(end + 1)..];
            }

            if (read == 0) return Home(rest, uid) ?? Unknown;
            // A line longer than the buffer is no line of a user.
            if (rest.Length == buffer.Length) rest = [];
            rest.CopyTo(buffer);
            held = rest.Length;
        }

        return Unknown;
    }

    /// <summary>The sixth field of "name:password:uid:gid:gecos:home:shell" when the third is the user's.</summary>
    private static string? Home(ReadOnlySpan<byte> line, uint uid)
    {
        Span<Range> fields = stackalloc Range[7];
        var text = Encoding.UTF8.GetString(line.Trim((byte)' '));
        var count = text.AsSpan().Split(fields, ':');
        if (count < 6 || !uint.TryParse(text.AsSpan()[fields[2]], NumberStyles.None, CultureInfo.InvariantCulture, out var found) || found != uid) return null;
        var home = text[fields[5]];
        return home.Contains('\0') ? Unknown : home;
    }
}
