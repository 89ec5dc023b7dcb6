namespace Anocir.Platform.Oci.Validation;

/// <summary>The namespaces of a configuration: which types there are, and which of them are joined by path.</summary>
internal sealed class NamespaceSet
{
    private readonly Dictionary<string, string?> _pathByType = new(8, StringComparer.Ordinal);

    /// <summary>False when the type is already there.</summary>
    public bool Add(string type, string? path) => _pathByType.TryAdd(type, string.IsNullOrEmpty(path) ? null : path);

    /// <summary>New or joined.</summary>
    public bool Has(string type) => _pathByType.ContainsKey(type);

    /// <summary>Joined by path.</summary>
    public bool Joins(string type) => _pathByType.TryGetValue(type, out var path) && path is not null;

    /// <summary>Made for this container.</summary>
    public bool Creates(string type) => _pathByType.TryGetValue(type, out var path) && path is null;
}
