namespace Anocir.Platform.Criu;

/// <summary>criu_opts of CRIU's rpc.proto, as far as a container runtime sets it. The numbers in <see cref="Write"/> are that file's.</summary>
public sealed record CriuOptions
{
    /// <summary>A descriptor of the process at the other end of CRIU's socket: CRIU opens it through /proc.</summary>
    public required int ImagesDirectory { get; init; }
    /// <summary>Where the log goes, and sockets of lazy pages; where the images are, if null.</summary>
    public int? WorkDirectory { get; init; }
    /// <summary>Dump: init.</summary>
    public int? Pid { get; init; }
    public required string LogFile { get; init; }
    /// <summary>Of the container, as a path of ours; a restore wants a mount point.</summary>
    public required string Root { get; init; }
    public bool LeaveRunning { get; init; }
    public bool ExternalUnixSockets { get; init; }
    public bool TcpEstablished { get; init; }
    public bool TcpSkipInFlight { get; init; }
    public bool TcpClose { get; init; }
    public bool ShellJob { get; init; }
    public bool FileLocks { get; init; }
    public bool LinkRemap { get; init; }
    public bool AutoDedup { get; init; }
    public bool LazyPages { get; init; }
    /// <summary>Relative to the images: those of an earlier pre-dump.</summary>
    public string? ParentImages { get; init; }
    /// <summary>Keep account of changed pages for the dump that follows.</summary>
    public bool TrackMemory { get; init; }
    public (string Address, int Port)? PageServer { get; init; }
    public CgroupsMode CgroupsMode { get; init; } = CgroupsMode.Default;
    /// <summary>CLONE_NEW* of namespaces that are made anew, empty.</summary>
    public uint EmptyNamespaces { get; init; }
    /// <summary>The cgroup to stop the processes by, in place of ptrace.</summary>
    public string? FreezerCgroup { get; init; }
    /// <summary>CRIU's own configuration for this container; what stands there goes before what is said here.</summary>
    public string? ConfigFile { get; init; }
    public string? LsmProfile { get; init; }
    public string? LsmMountContext { get; init; }
    /// <summary>How the network is held still: 1 iptables, 2 nftables, 3 not at all.</summary>
    public int? NetworkLock { get; init; }
    /// <summary>Mounts whose source is not the container's. Dump: path inside and a name for it; restore: that name and where it comes from.</summary>
    public IReadOnlyList<(string Key, string Value)> ExternalMounts { get; init; } = [];
    /// <summary>Namespaces that are not the container's, on a dump: <c>net[4026531840]:extRootNetNS</c>.</summary>
    public IReadOnlyList<string> ExternalNamespaces { get; init; } = [];
    /// <summary>On a restore: what of the images is which descriptor of CRIU itself.</summary>
    public IReadOnlyList<(string Key, int Descriptor)> InheritedDescriptors { get; init; } = [];
    /// <summary>On a restore: namespaces to enter, by type and path.</summary>
    public IReadOnlyList<(string Type, string Path)> JoinedNamespaces { get; init; } = [];
    /// <summary>On a restore: the cgroups that take the place of the dumped ones, by controller.</summary>
    public IReadOnlyList<(string Controller, string Path)> CgroupRoots { get; init; } = [];
    /// <summary>A restore, whose processes are to be ours and not CRIU's children.</summary>
    public bool Restoring { get; init; }

    internal ProtoWriter Write()
    {
        const int logEverythingButDetails = 4;
        var w = new ProtoWriter()
            .Number(1, ImagesDirectory).OptionalNumber(2, Pid).Flag(3, LeaveRunning).Flag(4, ExternalUnixSockets).Flag(5, TcpEstablished)
            // Device nodes of the images need not be where they were.
            .Flag(6, Restoring)
            .Flag(7, ShellJob).Flag(8, FileLocks).Number(9, logEverythingButDetails).String(10, LogFile);
        if (PageServer is { } server) w.Message(11, new ProtoWriter().String(1, server.Address).Number(2, server.Port));
        w.Flag(12, true).String(13, Root).OptionalString(14, ParentImages).Flag(15, TrackMemory).Flag(16, AutoDedup).OptionalNumber(17, WorkDirectory).Flag(18, LinkRemap);
        foreach (var (key, value) in ExternalMounts) w.Message(23, new ProtoWriter().String(1, key).String(2, value));
        w.Flag(24, true);
        foreach (var (controller, path) in CgroupRoots) w.Message(25, new ProtoWriter().String(1, controller).String(2, path));
        w.Flag(26, Restoring);
        foreach (var (key, descriptor) in InheritedDescriptors) w.Message(27, new ProtoWriter().String(1, key).Number(2, descriptor));
        w.Number(34, (int)CgroupsMode);
        foreach (var one in ExternalNamespaces) w.String(37, one);
        w.Number(38, EmptyNamespaces);
        foreach (var (type, path) in JoinedNamespaces) w.Message(39, new ProtoWriter().String(1, type).String(2, path));
        // The last but one: a terminal whose master is not in the images is handed to us.
        return w.OptionalString(44, FreezerCgroup).Flag(46, TcpSkipInFlight).Flag(48, LazyPages).Flag(50, true)
            .OptionalString(51, ConfigFile).Flag(52, TcpClose).OptionalString(53, LsmProfile).OptionalString(63, LsmMountContext).OptionalNumber(64, NetworkLock);
    }
}
