using System.Globalization;
using Anocir.Platform;
using Anocir.Platform.Criu;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli.Criu;

/// <summary>
/// Has CRIU dump a container. It is the caller's own process that speaks to CRIU, since paths, page servers and --status-fd mean what they mean there,
/// and since CRIU lets the container go on when its caller is killed over the dump.
/// </summary>
internal static class Checkpointing
{
    private const string LogName = "dump.log";

    /// <summary>--status-fd, which must be open for writing; null when it was not given.</summary>
    public static int? StatusDescriptor(CriuFlags flags, int number)
    {
        if (!flags.Has("lazy-pages") || number == -1) return null;
        var open = number < 0 ? null : Sys.OpenFlags(number);
        if (open is null) throw new ContainerException($"invalid --status-fd argument {number}: not an open descriptor");
        if ((open & (Sys.OWrOnly | Sys.ORdWr)) == 0) throw new ContainerException($"invalid --status-fd argument {number}: not writable");
        return number;
    }

    /// <exception cref="ContainerException">In CRIU's words, with the path of its log.</exception>
    public static void Dump(CheckpointPlan plan, CriuFlags flags, int? status)
    {
        CriuAbilities.Version();
        var preDump = flags.Has("pre-dump");
        CriuAbilities.Require(trackMemory: preDump, lazyPages: flags.Has("lazy-pages"));
        CriuFlags.MakeDirectories(flags.Images);
        using var images = Sys.Open(flags.Images, Sys.ORdOnly | Sys.ODirectory);
        using var work = flags.OpenWork();
        var options = flags.Options(images, work, LogName, plan.Rootfs.RootPath, plan.ConfigFile) with
        {
            Pid = plan.Pid,
            LeaveRunning = flags.Has("leave-running"),
            TcpSkipInFlight = flags.Has("tcp-skip-in-flight"),
            LinkRemap = flags.Has("link-remap"),
            ParentImages = flags.ParentImages(),
            TrackMemory = flags.Value("parent-path") is { Length: > 0 },
            PageServer = flags.PageServer(),
            FreezerCgroup = plan.FreezerCgroup,
            ExternalNamespaces = [.. plan.ExternalNamespaces.Select(t => ExternalNamespace(plan.Pid, t))],
        };
        if (!preDump)
        {
            options = options with { ExternalMounts = ExternalMounts.OfDump(plan.Rootfs, plan.Pid) };
            StandardStreams.Write(plan.Pid, images);
        }

        using var criu = CriuProcess.Start(ownStreams: false, []);
        criu.Perform(preDump ? CriuRequestType.PreDump : CriuRequestType.Dump, options, flags.Log(LogName), notification =>
        {
            if (notification.Script != "status-ready" || status is not { } number) return;
            TellReady(number);
            status = null;
        });
    }

    /// <summary>Lazy pages can be asked for now: one zero byte, then the end.</summary>
    private static void TellReady(int number)
    {
        using var status = new FdHandle(number);
        Sys.TryWrite(status, [0]);
    }

    /// <summary>As CRIU's --external: type, inode, and the name under which a restore will hand in another.</summary>
    private static string ExternalNamespace(int pid, string type)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/{type}");
        using var handle = Sys.Open(path, Sys.ORdOnly);
        return string.Create(CultureInfo.InvariantCulture, $"{type}[{Sys.Stat(handle, path).Inode}]:{NameOf(type)}");
    }

    /// <summary>What runc calls an external namespace in its images: extRootNetNS.</summary>
    internal static string NameOf(string type) => $"extRoot{char.ToUpperInvariant(type[0])}{type[1..]}NS";
}
