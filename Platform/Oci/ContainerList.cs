using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Anocir.Platform.Oci;

/// <summary>What <c>list</c> prints, in its three forms; each ends in a newline.</summary>
public static class ContainerList
{
    private const int NarrowestColumn = 12;
    private const int Gap = 3;

    private static readonly string[] Header = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];

    /// <summary>One line of JSON; <c>null</c> when there are no containers.</summary>
    public static string ToJson(IReadOnlyList<StateDocument> containers) =>
        (containers.Count == 0 ? "null" : JsonSerializer.Serialize(containers, OciJsonFormat.Compact.IReadOnlyListStateDocument)) + "\n";

    /// <summary>Ids, one a line.</summary>
    public static string ToIds(IReadOnlyList<StateDocument> containers) => string.Concat(containers.Select(container => container.Id + "\n"));

    /// <summary>Columns as wide as their widest text and three spaces, and no narrower than twelve; nothing follows the last one.</summary>
    public static string ToTable(IReadOnlyList<StateDocument> containers)
    {
        var rows = new List<string[]>(containers.Count + 1) { Header };
        foreach (var container in containers)
        {
            rows.Add([
                container.Id, container.Pid.ToString(CultureInfo.InvariantCulture), container.Status, container.Bundle,
                Rfc3339Nano.Format(container.Created), container.Owner,
            ]);
        }
        var widths = Enumerable.Range(0, Header.Length).Select(i => Math.Max(NarrowestColumn, rows.Max(row => Width(row[i])) + Gap)).ToArray();
        var table = new StringBuilder();
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length - 1; i++) table.Append(row[i]).Append(' ', widths[i] - Width(row[i]));
            table.Append(row[^1]).Append('\n');
        }
        return table.ToString();
    }

    private static int Width(string text) => text.EnumerateRunes().Count();
}
