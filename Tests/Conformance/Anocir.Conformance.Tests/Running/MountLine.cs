namespace Anocir.Conformance.Tests.Running;

/// <summary>One line of mountinfo: what the kernel says of a mount (proc_pid_mountinfo(5)).</summary>
/// <param name="Flags">The mount's own flags.</param>
/// <param name="Propagation">The optional fields: "shared:7", "master:7", "unbindable".</param>
/// <param name="Data">The file system's flags and options.</param>
public sealed record MountLine(string Point, string[] Flags, string[] Propagation, string Type, string Source, string[] Data)
{
    public static MountLine Parse(string line)
    {
        var fields = line.Split(' ');
        var end = Array.IndexOf(fields, "-");
        return new MountLine(fields[4], fields[5].Split(','), fields[6..end], fields[end + 1], fields[end + 2], fields[end + 3].Split(','));
    }
}
