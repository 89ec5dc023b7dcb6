using System.Globalization;
using Anocir.Cli.Arguments;
using Anocir.Platform;
using Anocir.Platform.Criu;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Criu;

/// <summary>The flags that <c>checkpoint</c> and <c>restore</c> share, read and looked at before anything is begun.</summary>
internal sealed class CriuFlags
{
    private const uint NetworkNamespace = 0x40000000;
    private readonly ParsedArguments _arguments;

    private CriuFlags(ParsedArguments arguments) => _arguments = arguments;

    public static Option ImagePath { get; } = new("image-path", "directory of CRIU's image files (default: \"checkpoint\" in the current directory)", Value: "value");

    public static IReadOnlyList<Option> Shared { get; } =
    [
        new("work-path", "directory of CRIU's work files and logs (default: that of the images)", Value: "value"),
        new("tcp-established", "allow open TCP connections"),
        new("ext-unix-sk", "allow external unix sockets"),
        new("shell-job", "allow shell jobs"),
        new("file-locks", "handle file locks, for safety"),
        new("lazy-pages", "use userfaultfd to restore memory pages when they are touched"),
        new("manage-cgroups-mode", "cgroups mode: 'soft' (default), 'full', 'strict' or 'ignore'", Value: "value"),
        new("empty-ns", "create a namespace, but do not restore its properties ('network', which is always so)", Value: "value"),
        new("auto-dedup", "enable auto deduplication of memory images"),
        new("network-lock", "how to hold the network still: 'iptables' (default), 'nftables' or 'skip'", Value: "value"),
    ];

    /// <summary>Absolute.</summary>
    public string Images { get; private init; } = "";

    /// <summary>Absolute; null where it is that of the images.</summary>
    public string? Work { get; private init; }

    public CgroupsMode CgroupsMode { get; private init; }

    public int? NetworkLock { get; private init; }

    public bool Has(string flag) => _arguments.Has(flag);

    public string? Value(string flag) => _arguments.Value(flag);

    /// <exception cref="ContainerException">A value that means nothing.</exception>
    public static CriuFlags Read(ParsedArguments arguments)
    {
        foreach (var type in arguments.Values("empty-ns"))
        {
            if (type != "network") throw new ContainerException($"namespace \"{type}\" is not supported");
        }

        return new CriuFlags(arguments)
        {
            Images = Path.GetFullPath(NonEmpty(arguments, "image-path") ?? "checkpoint"),
            Work = NonEmpty(arguments, "work-path") is { } work ? Path.GetFullPath(work) : null,
            CgroupsMode = arguments.Value("manage-cgroups-mode") switch
            {
                null or "" => CgroupsMode.Default,
                "soft" => CgroupsMode.Soft,
                "full" => CgroupsMode.Full,
                "strict" => CgroupsMode.Strict,
                "ignore" => CgroupsMode.Ignore,
                var mode => throw new ContainerException($"Invalid manage-cgroups-mode value \"{mode}\": expected soft, full, strict or ignore"),
            },
            NetworkLock = arguments.Value("network-lock") switch
            {
                null or "" => null,
                "iptables" => 1,
                "nftables" => 2,
                "skip" => 3,
                var method => throw new ContainerException($"invalid --network-lock \"{method}\": expected iptables, nftables or skip"),
            },
        };
    }

    /// <summary>--page-server ADDRESS:PORT, an IPv6 address in brackets.</summary>
    public (string Address, int Port)? PageServer()
    {
        if (Value("page-server") is not { Length: > 0 } text) return null;
        var colon = text.LastIndexOf(':');
        var address = colon < 0 ? "" : text[..colon];
        if (address is ['[', .. var inner, ']']) address = inner;
        else if (address.Contains(':')) address = "";
        if (address.Length == 0 || colon == text.Length - 1) throw new ContainerException("Use --page-server ADDRESS:PORT to specify page server");
        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? (address, port)
            : throw new ContainerException($"Invalid port number \"{text[(colon + 1)..]}\" in --page-server");
    }

    /// <summary>--parent-path, relative to the images, where an earlier pre-dump must be.</summary>
    public string? ParentImages()
    {
        if (Value("parent-path") is not { Length: > 0 } parent) return null;
        if (parent.StartsWith('/')) throw new ContainerException("--parent-path must be relative");
        // The directory of the images need not be there yet.
        var path = Path.GetFullPath(Path.Combine(Images, parent));
        using var directory = Sys.TryOpen(null, path, Sys.OPath | Sys.ODirectory, 0, out var errno);
        return directory is not null ? parent : throw new ContainerException($"invalid --parent-path: stat {path}: {Errno.Name(errno)} ({Errno.Text(errno)})");
    }

    /// <summary>What both directions tell CRIU alike.</summary>
    public CriuOptions Options(FdHandle images, FdHandle? work, string logFile, string root, string? configFile) => new()
    {
        ImagesDirectory = images.Value,
        WorkDirectory = work?.Value,
        LogFile = logFile,
        Root = root,
        ConfigFile = configFile,
        CgroupsMode = CgroupsMode,
        NetworkLock = NetworkLock,
        // Network devices are whoever's made the network namespace, never ours.
        EmptyNamespaces = NetworkNamespace,
        TcpEstablished = Has("tcp-established"),
        ExternalUnixSockets = Has("ext-unix-sk"),
        ShellJob = Has("shell-job"),
        FileLocks = Has("file-locks"),
        LazyPages = Has("lazy-pages"),
        AutoDedup = Has("auto-dedup"),
    };

    /// <summary>Where CRIU writes a log of this name.</summary>
    public string Log(string name) => Path.Combine(Work ?? Images, name);

    /// <summary>The directory for logs, made where it is missing; null where none was named.</summary>
    public FdHandle? OpenWork()
    {
        if (Work is not null) MakeDirectories(Work);
        return Work is null ? null : Sys.Open(Work, Sys.ORdOnly | Sys.ODirectory);
    }

    public static void MakeDirectories(string path)
    {
        const uint ownersOnly = 0x1C0; // 0700
        var errno = Sys.TryMakeDirectory(path, ownersOnly);
        if (errno == Errno.ENOENT && Path.GetDirectoryName(path) is { } parent)
        {
            MakeDirectories(parent);
            errno = Sys.TryMakeDirectory(path, ownersOnly);
        }

        if (errno is not (0 or Errno.EEXIST)) throw new SyscallException($"mkdir {path}", errno);
    }

    private static string? NonEmpty(ParsedArguments arguments, string flag) => arguments.Value(flag) is { Length: > 0 } value ? value : null;
}
