namespace Anocir.Platform.Oci;

/// <summary>Names of kernel parameters: <c>net.ipv4.ip_forward</c> or <c>net/ipv4/ip_forward</c>; the separator that comes first is the
/// separator, the other one then stands for a character of the name (sysctl.d(5): <c>net.ipv4.conf.eno2/100.forwarding</c>).</summary>
public static class SysctlName
{
    /// <summary>With dots as separators.</summary>
    public static string Dotted(string name)
    {
        var first = name.AsSpan().IndexOfAny('.', '/');
        if (first < 0 || name[first] == '.') return name;
        return string.Create(name.Length, name, static (chars, text) =>
        {
            for (var i = 0; i < text.Length; i++) chars[i] = text[i] switch { '.' => '/', '/' => '.', var c => c };
        });
    }

    /// <summary>The file below /proc/sys; null for what is no name: a step upwards, an empty part, a NUL.</summary>
    public static string? RelativePath(string name)
    {
        var parts = Dotted(name).Split('.');
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = parts[i].Replace('/', '.');
            if (parts[i] is "" or "." or ".." || parts[i].Contains('\0')) return null;
        }
        return string.Join('/', parts);
    }
}
