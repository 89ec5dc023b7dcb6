namespace Anocir.Platform.Oci.Validation;

/// <summary>Paths as text, without a look at any filesystem.</summary>
internal static class LexicalPath
{
    /// <summary>The path from the root, with <c>.</c>, <c>..</c> and doubled slashes resolved; a relative one counts from the root.</summary>
    public static string Clean(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count > 0) parts.RemoveAt(parts.Count - 1);
        }
        return "/" + string.Join('/', parts);
    }

    public static bool HasParentReference(string path) => path.Contains("..", StringComparison.Ordinal) && path.Split('/').Contains("..");
}
