namespace Anocir.Platform.Launch;

/// <summary>Namespace types of config-linux.md and their CLONE_NEW* flags (linux/sched.h).</summary>
public static class NamespaceTypes
{
    public const int User = 0x10000000;
    public const int Mount = 0x00020000;
    public const int Cgroup = 0x02000000;
    public const int Time = 0x00000080;
    public const int Network = 0x40000000;

    /// <summary>In the order in which they are joined: user first (it gives the rights for the rest), mount last (it takes the paths away).</summary>
    public static IReadOnlyList<(string Name, int Flag)> All { get; } =
    [
        ("user", User),
        ("ipc", 0x08000000),
        ("uts", 0x04000000),
        ("network", Network),
        ("pid", 0x20000000),
        ("cgroup", Cgroup),
        ("time", Time),
        ("mount", Mount),
    ];
}
