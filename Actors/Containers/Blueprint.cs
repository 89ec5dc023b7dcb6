using Anocir.Platform;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Ipc;
using Anocir.Platform.Launch;
using Anocir.Platform.Network;
using Anocir.Platform.Oci;
using Anocir.Platform.Processes;
using Anocir.Platform.Resctrl;
using Anocir.Platform.Rootfs;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Containers;

/// <summary>All that follows from a config.json on this host, before anything is made: what is refused is refused here.</summary>
internal sealed class Blueprint : IDisposable
{
    private readonly NamespaceJoin _namespaces;
    private readonly CreateContainer _command;
    private readonly ContainerKey _key;
    private readonly ContainerServices _services;

    private Blueprint(
        ContainerKey key, CreateContainer command, ContainerServices services, Spec spec, NamespaceJoin namespaces,
        CgroupDriver driver, CgroupLocation location, InitPlan plan, IReadOnlyList<string> warnings)
    {
        _key = key;
        _command = command;
        _services = services;
        Spec = spec;
        _namespaces = namespaces;
        Driver = driver;
        Order = new CgroupOrder
        {
            Id = key.Id,
            Location = location,
            Resources = spec.Linux?.Resources,
            Devices = spec.Linux?.Devices,
            Annotations = spec.Annotations,
            Owner = CgroupOwnership.Uid(spec, namespaces.Makes(NamespaceTypes.Cgroup)),
        };
        Plan = plan;
        Warnings = warnings;
        Sources = new SourceTrees(plan, all: plan.UserNamespace && !services.Rootless);
        Resctrl = spec.Linux?.IntelRdt is { } rdt ? ResctrlGroup.Of(rdt, key.Id, ResctrlRoot()) : null;
    }

    public Spec Spec { get; }

    public CgroupDriver Driver { get; }

    public CgroupOrder Order { get; }

    public InitPlan Plan { get; }

    /// <summary>What is accepted, and done otherwise than it says.</summary>
    public IReadOnlyList<string> Warnings { get; }

    public SourceTrees Sources { get; }

    /// <summary>Null without linux.intelRdt, and then nobody looks at resctrl.</summary>
    public ResctrlGroup? Resctrl { get; }

    /// <summary>The user namespace is new: its maps must be written before init can do anything.</summary>
    public bool NeedsIdMaps => _namespaces.Makes(NamespaceTypes.User);

    /// <summary>The caller does more than to clone, or we do more for init than to send it, and the plan must not be carried out before that is done.</summary>
    public bool PlanAwaitsLaunch => Plan.UserNamespace || Sources.Mapped || Ticket.NetDevices.Count > 0 || Resctrl is not null;

    /// <summary>A process enters a cgroup v2 cheapest by being born in it; so the cgroup comes first there, but for a driver that needs init first.</summary>
    public bool CloneIntoCgroup => _services.Cgroups.Unified is not null && !Driver.NeedsInit;

    /// <summary>The cgroup namespace is init's to make, after it is in its cgroup; the time namespace its launcher's, for its offsets.</summary>
    public LaunchTicket Ticket => new(
        _namespaces.Made & ~(NamespaceTypes.Cgroup | NamespaceTypes.Time), IntoCgroup: false, _namespaces.JoinedFlags, NeedsIdMaps)
    {
        UserNamespaces = Sources.Mappings,
        NetDevices = NetDevicePlan.From(Spec.Linux?.NetDevices),
        TimeOffsets = _namespaces.Makes(NamespaceTypes.Time) ? TimeOffsets(Spec.Linux!) : null,
    };

    /// <exception cref="ContainerException">What is wrong with the config, the bundle or the id.</exception>
    public static Blueprint Draw(ContainerKey key, CreateContainer command, ContainerServices services)
    {
        var options = command.Options;
        var spec = SpecReader.Parse(command.Config);
        var warnings = SpecValidator.Validate(spec, new ValidationOptions { SystemdCgroup = options.SystemdCgroup, NoPivot = options.NoPivot, RequireProcess = options.StartNow });
        CheckTerminal(spec, options);
        // Not ours, since the directory of containers does not know it: another supervisor's, or one whose journal is lost.
        if (Sys.Exists(Provisioning.StartSocketPath(key))) throw new ContainerException("container with given ID already exists");
        var driver = services.Driver(options.SystemdCgroup);
        var location = driver.Locate(spec.Linux?.CgroupsPath, key.Id, CallersCgroup(spec, command));
        var namespaces = NamespaceJoin.From(spec.Linux?.Namespaces);
        try
        {
            var rootfs = RootfsPlanner.Plan(spec, options.Bundle, services.RootfsFacts(location)) with { NoPivot = options.NoPivot };
            CheckRoot(rootfs.RootPath);
            var plan = PlanInit(key, spec, options, namespaces, rootfs, services);
            CheckListener(spec, plan.Process);
            // Ours to say: init says only what it finds out by itself.
            return new Blueprint(key, command, services, spec, namespaces, driver, location, plan with { Process = plan.Process is null ? null : plan.Process with { Warnings = [] } }, [.. warnings, .. NotYetSaid(plan.Process?.Warnings ?? [], warnings)]);
        }
        catch
        {
            namespaces.Dispose();
            throw;
        }
    }

    public ContainerCreating ToEvent(DateTimeOffset at) => ToEvent(at, Driver.Survey(Order.Location));

    private ContainerCreating ToEvent(DateTimeOffset at, CgroupSite cgroup) => new()
    {
        At = at,
        Root = _key.Root,
        Id = _key.Id,
        Operation = _command.Operation,
        Bundle = _command.Options.Bundle,
        Rootfs = Plan.Rootfs.RootPath,
        Config = System.Text.Encoding.UTF8.GetString(_command.Config),
        CgroupDirectories = cgroup.Directories,
        CgroupDirectoriesToRemove = cgroup.Removable,
        SystemdUnit = cgroup.Unit,
        BootId = _services.BootId,
        OwnerUid = _command.OwnerUid,
        Hooks = Spec.Hooks,
        Annotations = Spec.Annotations,
        Resources = Spec.Linux?.Resources,
        DescribedDevices = Spec.Linux?.Devices is { Count: > 0 } devices ? Cgroup.DescribedDevices(devices) : null,
        HasProcess = Spec.Process is not null,
        OwnPidNamespace = _namespaces.Makes(0x20000000),
        ResctrlDirectoriesToRemove = Resctrl?.ToRemove,
    };

    /// <summary>The namespaces to join, for the caller.</summary>
    public IReadOnlyList<FdHandle> TakeJoinedNamespaces() => _namespaces.Take();

    /// <summary>Sources of mounts, as init cannot open them. For a created init: its user namespace may be the one that maps them.</summary>
    /// <param name="pid">Init's.</param>
    /// <param name="mapped">What the caller made for <see cref="SourceTrees.Mappings"/>.</param>
    public IReadOnlyList<(int Index, FdHandle Tree)> OpenSources(int pid, IReadOnlyList<FdHandle> mapped)
    {
        using var own = Sources.NeedsContainerNamespace ? OpenUserNamespace(pid) : null;
        return Sources.Open(own, mapped);
    }

    public void Dispose() => _namespaces.Dispose();

    private static InitPlan PlanInit(ContainerKey key, Spec spec, CreateOptions options, NamespaceJoin namespaces, RootfsPlan rootfs, ContainerServices services)
    {
        var filter = spec.Linux?.Seccomp is { } seccomp ? services.Seccomp.Get(seccomp) : null;
        var process = spec.Process is null ? null : ProcessPlanner.Plan(spec.Process, spec.Linux, new ProcessPlanOptions
        {
            ContainerId = key.Id,
            Host = services.ProcessHost,
            NewKeyring = !options.NoNewKeyring,
            Seccomp = filter,
            Rootless = services.Rootless,
            PreservedFds = options.PreservedDescriptors,
        });
        if (process is { Terminal: true, ConsoleHeight: 0 } && options.Rows > 0)
            process = process with { ConsoleHeight = (ushort)options.Rows, ConsoleWidth = (ushort)options.Columns };
        if (process is not null && options.ListenDescriptors > 0)
            process = process with { Env = [.. process.Env, $"LISTEN_FDS={options.ListenDescriptors}", "LISTEN_PID=1"] };
        return new InitPlan
        {
            UserNamespace = namespaces.Makes(NamespaceTypes.User) || namespaces.Joins(NamespaceTypes.User),
            NewCgroupNamespace = namespaces.Makes(NamespaceTypes.Cgroup),
            BringLoopbackUp = namespaces.Makes(NamespaceTypes.Network),
            OwnMounts = namespaces.Makes(NamespaceTypes.Mount),
            RuntimeHooks = spec.Hooks is { Prestart.Count: > 0 } or { CreateRuntime.Count: > 0 },
            Rootfs = rootfs,
            Process = process,
            CreateContainer = HookPlan.From(spec.Hooks?.CreateContainer),
            StartContainer = HookPlan.From(spec.Hooks?.StartContainer),
            CreateContainerState = HookState(key, spec, options, "creating"),
            StartContainerState = HookState(key, spec, options, "created"),
            TracePath = options.TracePath,
        };
    }

    /// <summary>Lines of /proc/PID/timens_offsets: clock, seconds, nanoseconds.</summary>
    private static string TimeOffsets(Linux linux) => string.Concat(
        (linux.TimeOffsets ?? new Dictionary<string, TimeOffset>()).Select(o => FormattableString.Invariant($"{o.Key} {o.Value.Secs} {o.Value.Nanosecs}\n")));

    private static string HookState(ContainerKey key, Spec spec, CreateOptions options, string status) =>
        spec.Hooks is null ? "" : System.Text.Json.JsonSerializer.Serialize(
            new Platform.Oci.ContainerState
            {
                OciVersion = Build.SpecVersion,
                Id = key.Id,
                Status = status,
                Bundle = options.Bundle,
                Annotations = spec.Annotations,
            },
            OciJson.Default.ContainerState);

    /// <summary>A relative cgroupsPath is below the caller's cgroup, which is not ours.</summary>
    private static CgroupMembership? CallersCgroup(Spec spec, CreateContainer command) =>
        spec.Linux?.CgroupsPath is ['/', ..] || command.CallerPid == 0 ? null : CgroupMembership.Of(command.CallerPid);

    /// <summary>runc's rule: mappings beside a user namespace to join must be those that it has. Engines write both.</summary>
    /// <param name="pid">Of an init that has joined it.</param>
    /// <exception cref="ContainerException">They are others.</exception>
    public void CheckJoinedMappings(int pid)
    {
        if (!_namespaces.Joins(NamespaceTypes.User)) return;
        if (Spec.Linux is { UidMappings: { Count: > 0 } uids } && !IdMaps.Matches(pid, "uid_map", uids)) Refuse("linux.uidMappings");
        if (Spec.Linux is { GidMappings: { Count: > 0 } gids } && !IdMaps.Matches(pid, "gid_map", gids)) Refuse("linux.gidMappings");

        static void Refuse(string field) => throw new ContainerException(
            $"config.json: {field}: user namespaces enabled, but both namespace path and non-matching mapping specified -- you may only provide one");
    }

    private FdHandle OpenUserNamespace(int pid) =>
        _namespaces.Joined(NamespaceTypes.User) ?? Sys.Open(string.Create(null, $"/proc/{pid}/ns/user"), Sys.ORdOnly);

    private static string ResctrlRoot() =>
        ResctrlFileSystem.Find() ?? throw new ContainerException("config.json: linux.intelRdt: no resctrl filesystem is mounted on this host");

    /// <summary>An agent that is not there is better known now than at start, when the filter waits for it.</summary>
    private static void CheckListener(Spec spec, ProcessPlan? process)
    {
        if (process?.Seccomp is not { Notify: true } || spec.Linux?.Seccomp?.ListenerPath is not { } path) return;
        using var agent = Sys.TryOpen(null, path, Sys.OPath, 0, out var errno)
            ?? throw new SyscallException($"config.json: linux.seccomp.listenerPath: failed to connect with seccomp agent at {path}", errno);
        if (!Sys.IsSocket(agent)) throw new ContainerException($"config.json: linux.seccomp.listenerPath: failed to connect with seccomp agent: {path} is not a socket");
    }

    /// <summary>The planner knows of this host what the validator does not; of the rest both say the same, up to the colon.</summary>
    private static IEnumerable<string> NotYetSaid(IReadOnlyList<string> planned, IReadOnlyList<string> validated) =>
        planned.Where(p => !validated.Any(v => v.Contains(p.Split(':')[0], StringComparison.Ordinal)));

    private static void CheckTerminal(Spec spec, CreateOptions options)
    {
        var terminal = spec.Process?.Terminal ?? false;
        if (terminal && !options.Foreground && !options.ConsoleSocket)
            throw new ContainerException("cannot allocate tty if runc will detach without setting console socket");
        if (options.ConsoleSocket && (!terminal || options.Foreground))
            throw new ContainerException("cannot use console socket if runc will not detach or allocate tty");
    }

    private static void CheckRoot(string path)
    {
        using var root = Sys.TryOpen(null, path, Sys.OPath | Sys.ODirectory, 0, out var errno);
        if (root is null) throw new ContainerException($"invalid rootfs: stat {path}: {Errno.Name(errno)} ({Errno.Text(errno)})");
    }
}
