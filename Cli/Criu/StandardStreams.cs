using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Anocir.Platform;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Criu;

/// <summary>
/// What a dumped container's standard streams were: <c>descriptors.json</c> beside the images, as runc writes it. Pipes cannot be opened again by
/// name, so a restore gives its own streams in their place.
/// </summary>
internal static class StandardStreams
{
    private const string FileName = "descriptors.json";
    private const int Longest = 64 * 1024;

    public static void Write(int pid, FdHandle images)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            for (var fd = 0; fd < 3; fd++) json.WriteStringValue(Sys.TryReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/fd/{fd}")) ?? "");
            json.WriteEndArray();
        }

        using var file = Sys.Open(images, FileName, Sys.OWrOnly | Sys.OCreat | Sys.OTrunc | Sys.ONoFollow, 0x180 /* 0600 */);
        Sys.WriteAll(file, buffer.WrittenSpan, FileName);
    }

    /// <summary>The pipes among them, each with the stream of ours that takes its place.</summary>
    public static IReadOnlyList<(string Key, int Descriptor)> ReadPipes(FdHandle images, string directory)
    {
        using var file = Sys.TryOpen(images, FileName, Sys.ORdOnly, 0, out var errno) ?? throw new SyscallException($"open {directory}/{FileName}", errno);
        var found = new List<(string, int)>();
        try
        {
            var reader = new Utf8JsonReader(Sys.ReadAll(file, Longest, FileName));
            for (var fd = 0; reader.Read();)
            {
                if (reader.TokenType != JsonTokenType.String) continue;
                if (reader.GetString() is { } name && name.StartsWith("pipe:", StringComparison.Ordinal) && fd < 3) found.Add((name, fd));
                fd++;
            }
        }
        catch (JsonException e)
        {
            throw new ContainerException($"{directory}/{FileName}: {e.Message}", e);
        }

        return found;
    }
}
