using System.Globalization;
using Anocir.Actors.Containers;
using Anocir.Actors.Seccomp;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Oci;
using Anocir.Platform.Processes;
using Anocir.Platform.Resctrl;
using Anocir.Platform.Security;

namespace Anocir.Actors.Execs;

/// <summary>What a container's config.json says about every further process in it.</summary>
/// <param name="Process">The container's own; null where the config has none.</param>
/// <param name="Linux">What of it bears on a process; mounts, cgroups and the like are left out.</param>
/// <param name="Filter">The compiled seccomp filter, which containers of one profile share.</param>
/// <param name="Agent">Who decides for the calls that the filter hands on; null where it hands on none.</param>
internal sealed record ExecTemplate(Process? Process, Linux? Linux, SeccompProgram? Filter, SeccompAgent? Agent)
{
    public static ExecTemplate From(Spec spec, SeccompProgram? filter) => new(
        spec.Process,
        spec.Linux is null ? null : new Linux { Namespaces = spec.Linux.Namespaces, Personality = spec.Linux.Personality, MemoryPolicy = spec.Linux.MemoryPolicy, IntelRdt = spec.Linux.IntelRdt },
        filter,
        filter is { Notify: true } ? SeccompAgent.From(spec.Linux?.Seccomp) : null);

    /// <summary>From the config as it was stored at the creation.</summary>
    public static ExecTemplate From(string config, ContainerServices services)
    {
        var spec = SpecReader.Parse(System.Text.Encoding.UTF8.GetBytes(config));
        return From(spec, spec.Linux?.Seccomp is { } seccomp ? services.Seccomp.Get(seccomp) : null);
    }

    /// <summary>The class of service of the container, which its further processes enter as well; null where it has none.</summary>
    /// <exception cref="ContainerException">resctrl is not mounted any more.</exception>
    public ResctrlGroup? Resctrl(string id) => Linux?.IntelRdt is not { } rdt ? null : ResctrlGroup.Of(
        rdt, id, ResctrlFileSystem.Find() ?? throw new ContainerException("linux.intelRdt: no resctrl filesystem is mounted on this host"));

    /// <summary>CLONE_NEW* of the namespaces that the container does not share with the runtime, or joined.</summary>
    public int Namespaces => NamespaceTypes.All.Where(t => Linux?.Namespaces?.Any(n => n.Type == t.Name) == true).Aggregate(0, static (flags, t) => flags | t.Flag);

    /// <summary>What the new process is to do.</summary>
    /// <param name="document">process.json, where the caller has one.</param>
    /// <exception cref="ContainerException">What is wrong with what is asked for.</exception>
    public ExecPlan Plan(string id, ExecOptions options, byte[]? document, ContainerServices services)
    {
        var process = document is null ? FromFlags(options) : FromDocument(document);
        SpecValidator.ValidateProcess(process);
        CheckTerminal(process.Terminal, options);
        var plan = ProcessPlanner.Plan(process, Linux, new ProcessPlanOptions
        {
            ContainerId = id,
            Host = services.ProcessHost,
            Exec = true,
            Seccomp = Filter,
            Rootless = services.Rootless,
            PreservedFds = options.PreservedDescriptors,
        });
        if (plan is { Terminal: true, ConsoleHeight: 0 } && options.Rows > 0)
            plan = plan with { ConsoleHeight = (ushort)options.Rows, ConsoleWidth = (ushort)options.Columns };
        if (options.ListenDescriptors > 0) plan = plan with { Env = [.. plan.Env, $"LISTEN_FDS={options.ListenDescriptors}", "LISTEN_PID=1"] };
        return new ExecPlan
        {
            Process = plan,
            ConsoleSocket = options.ConsoleSocket,
            InitialCpus = Given(process.ExecCPUAffinity?.Initial),
            FinalCpus = Given(process.ExecCPUAffinity?.Final),
        };
    }

    /// <summary>A document says all of its process; what it leaves out of these, runc takes from the container.</summary>
    private Process FromDocument(byte[] document)
    {
        var process = SpecReader.ParseProcess(document);
        return process with
        {
            User = process.User is { Umask: null } user ? user with { Umask = Process?.User?.Umask } : process.User ?? new User { Umask = Process?.User?.Umask },
            Capabilities = process.Capabilities ?? Process?.Capabilities,
            Rlimits = process.Rlimits is { Count: > 0 } ? process.Rlimits : Process?.Rlimits,
            ApparmorProfile = Given(process.ApparmorProfile) ?? Process?.ApparmorProfile,
            SelinuxLabel = Given(process.SelinuxLabel) ?? Process?.SelinuxLabel,
            OomScoreAdj = process.OomScoreAdj ?? Process?.OomScoreAdj,
            Scheduler = process.Scheduler ?? Process?.Scheduler,
            IoPriority = process.IoPriority ?? Process?.IoPriority,
            ExecCPUAffinity = process.ExecCPUAffinity ?? Process?.ExecCPUAffinity,
        };
    }

    private Process FromFlags(ExecOptions options)
    {
        var own = Process ?? throw new ContainerException("the container's configuration has no process to take the rest from; say all of it with --process");
        var user = own.User ?? new User();
        if (options.User is { Length: > 0 } id) user = ParseUser(id, user);
        return own with
        {
            Args = options.Args,
            Cwd = Given(options.Cwd) ?? own.Cwd,
            Env = [.. own.Env ?? [], .. options.Env],
            User = user with { AdditionalGids = [.. user.AdditionalGids ?? [], .. options.AdditionalGids] },
            Capabilities = options.Capabilities.Count == 0 ? own.Capabilities : Grant(own.Capabilities ?? new Capabilities(), options.Capabilities),
            ApparmorProfile = Given(options.ApparmorProfile) ?? own.ApparmorProfile,
            SelinuxLabel = Given(options.SelinuxLabel) ?? own.SelinuxLabel,
            NoNewPrivileges = options.NoNewPrivileges ?? own.NoNewPrivileges,
            Terminal = options.Terminal,
            ConsoleSize = null,
        };
    }

    /// <summary>As runc: not into the inheritable set, and so into the ambient one only where that has some.</summary>
    private static Capabilities Grant(Capabilities own, IReadOnlyList<string> more) => own with
    {
        Bounding = [.. own.Bounding ?? [], .. more],
        Effective = [.. own.Effective ?? [], .. more],
        Permitted = [.. own.Permitted ?? [], .. more],
        Ambient = own.Inheritable is null ? own.Ambient : [.. own.Ambient ?? [], .. more],
    };

    private static User ParseUser(string text, User own)
    {
        var parts = text.Split(':');
        if (parts.Length > 2) throw new ContainerException($"invalid USER format {text}");
        return own with
        {
            Uid = Id(parts[0], "uid"),
            Gid = parts.Length > 1 ? Id(parts[1], "gid") : own.Gid,
        };

        static uint Id(string number, string what) => uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw new ContainerException($"parsing {number} as int for {what} failed: invalid syntax");
    }

    private static void CheckTerminal(bool terminal, ExecOptions options)
    {
        if (terminal && !options.Foreground && !options.ConsoleSocket)
            throw new ContainerException("cannot allocate tty if runc will detach without setting console socket");
        if (options.ConsoleSocket && (!terminal || options.Foreground))
            throw new ContainerException("cannot use console socket if runc will not detach or allocate tty");
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
