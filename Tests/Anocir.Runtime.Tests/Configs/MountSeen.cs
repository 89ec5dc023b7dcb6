namespace Anocir.Runtime.Tests.Configs;

/// <summary>A line of mountinfo: where, what kind, and the flags of the mount and of its file system.</summary>
internal sealed record MountSeen(string Point, string Type, string[] Options, string[] FileSystemOptions)
{
    public static MountSeen Parse(string line)
    {
        var halves = line.Split(" - ");
        var (left, right) = (halves[0].Split(' '), halves[1].Split(' '));
        return new MountSeen(left[4], right[0], left[5].Split(','), right[2].Split(','));
    }
}
