namespace Anocir.Platform.Cgroups;

/// <summary>What files held before they were written, so that a change that is refused half-way can be taken back, the last write first.</summary>
internal sealed class CgroupUndo
{
    private readonly Stack<(CgroupDirectory Directory, string File, string Value)> _before = new();

    /// <param name="before">Its text; null where it cannot be read, so that nothing can be put back.</param>
    internal void Wrote(CgroupDirectory directory, string file, string? before, string written)
    {
        if (before is not null && before != written && Restoring(file, before, written) is { } value) _before.Push((directory, file, value));
    }

    /// <summary>Puts everything back.</summary>
    /// <returns>What could not be: each with its reason.</returns>
    internal IReadOnlyList<string> TakeBack()
    {
        var failures = new List<string>();
        while (_before.TryPop(out var write))
        {
            var errno = write.Directory.WriteUnseen(write.File, write.Value);
            if (errno != 0) failures.Add(write.Directory.Failure(write.File, write.Value, errno).Message);
        }

        return failures;
    }

    /// <summary>What is to be written for the file to read as before. Files with one line for each device (or interface) take one line at a time.</summary>
    internal static string? Restoring(string file, string before, string written)
    {
        var space = written.IndexOf(' ', StringComparison.Ordinal);
        var key = space > 0 ? written[..(space + 1)] : "";
        if (IsKeyed(file, key))
        {
            foreach (var line in before.Split('\n'))
            {
                if (line.StartsWith(key, StringComparison.Ordinal)) return line;
            }

            return Reset(file) is { } reset ? key + reset : null;
        }

        // io.weight: "default 100", then a line for each device that has its own. An empty cpuset is written as an empty line.
        var end = before.IndexOf('\n', StringComparison.Ordinal);
        return before.Length == 0 ? "\n" : end < 0 ? before : before[..end];
    }

    private static bool IsKeyed(string file, string key) => key.Contains(':', StringComparison.Ordinal) || (key.Length > 0 && file is "rdma.max" or "net_prio.ifpriomap");

    /// <summary>How a line that was not there is removed.</summary>
    private static string? Reset(string file) => file switch
    {
        "io.max" => "rbps=max wbps=max riops=max wiops=max",
        "rdma.max" => "hca_handle=max hca_object=max",
        "io.weight" or "io.bfq.weight" or "blkio.bfq.weight_device" => "default",
        _ when file.StartsWith("blkio.", StringComparison.Ordinal) => "0",
        "net_prio.ifpriomap" => "0",
        _ => null,
    };
}
