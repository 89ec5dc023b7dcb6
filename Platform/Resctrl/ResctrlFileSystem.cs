using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Resctrl;

/// <summary>Where the kernel's resource control filesystem is.</summary>
public static class ResctrlFileSystem
{
    /// <summary>The first mount of it in our mount namespace, or null: the processor has no RDT, or nobody mounted it.</summary>
    public static string? Find() => FindIn(KernelFile.Read("/proc/self/mountinfo"));

    /// <summary>Whether the kernel allocates this resource by class: "L3", "MB".</summary>
    public static bool Allocates(string resource) => Find() is { } root && Sys.Exists($"{root}/info/{resource}");

    /// <summary>The first mount in the text of a mountinfo (proc(5)).</summary>
    internal static string? FindIn(string mountInfo)
    {
        foreach (var line in mountInfo.Split('\n'))
        {
            var dash = line.IndexOf(" - ", StringComparison.Ordinal);
            if (dash < 0 || !line.AsSpan(dash + 3).StartsWith("resctrl ")) continue;
            var fields = line[..dash].Split(' ');
            if (fields.Length > 4) return fields[4].Replace("\\040", " ", StringComparison.Ordinal);
        }

        return null;
    }
}
