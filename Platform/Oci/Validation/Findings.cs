using System.Diagnostics.CodeAnalysis;

namespace Anocir.Platform.Oci.Validation;

/// <summary>What a check of a document finds: the first problem is thrown, warnings are kept.</summary>
/// <remarks>The names of fields are built only once something is wrong: a seccomp profile alone has hundreds of strings.</remarks>
internal sealed class Findings(string document)
{
    private List<string>? _warnings;

    public IReadOnlyList<string> Warnings => _warnings ?? (IReadOnlyList<string>)[];

    [DoesNotReturn]
    public void Fail(string field, string problem) => throw new ContainerException($"{document}: {field}: {problem}");

    public void Warn(string field, string remark) => (_warnings ??= []).Add($"{document}: {field}: {remark}");

    /// <summary>The objects of a list; JSON null is not one.</summary>
    public IReadOnlyList<T> Items<T>(string field, IReadOnlyList<T>? list) where T : class
    {
        if (list is null) return [];
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is null) Fail($"{field}[{i}]", "must not be null");
        }
        return list;
    }

    /// <summary>Strings that reach the kernel, where a NUL would end them early.</summary>
    public IReadOnlyList<string> Strings(string field, IReadOnlyList<string>? list)
    {
        if (list is null) return [];
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is null) Fail($"{field}[{i}]", "must not be null");
            if (list[i].Contains('\0')) Fail($"{field}[{i}]", "contains a null byte");
        }
        return list;
    }

    public void NoNul(string field, string? value)
    {
        if (value is not null && value.Contains('\0')) Fail(field, "contains a null byte");
    }

    /// <summary>Absent is not checked: whether a path is needed is the caller's rule.</summary>
    public void AbsolutePath(string field, string? path)
    {
        if (path is null) return;
        NoNul(field, path);
        if (!path.StartsWith('/')) Fail(field, path.Length == 0 ? "must not be empty" : $"must be an absolute path, not {Quoted.Text(path)}");
    }

    /// <summary>Absolute paths, each of them there.</summary>
    public void AbsolutePaths(string field, IReadOnlyList<string>? paths)
    {
        if (paths is null) return;
        for (var i = 0; i < paths.Count; i++)
        {
            if (paths[i] is not ['/', ..] path || path.Contains('\0')) AbsolutePath($"{field}[{i}]", paths[i] ?? "");
        }
    }
}
