using Anocir.Platform.Cgroups.Devices;
using Anocir.Platform.Cgroups.Statistics;
using Anocir.Platform.Cgroups.V1;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>
/// The cgroup of one container in every hierarchy of the host. Holds no descriptors: whoever has the directories' names can open it again.
/// Methods may be called from any thread; those that take a time limit block.
/// </summary>
public sealed class Cgroup
{
    private readonly CgroupHost _host;
    private readonly CgroupDirectory[] _directories;
    private readonly CpuLimits? _initialSet;

    private Cgroup(CgroupHost host, CgroupDirectory[] directories, IReadOnlyList<CgroupDirectory> made, CpuLimits? initialSet)
    {
        _host = host;
        _directories = directories;
        _initialSet = initialSet;
        Directories = [.. directories.Select(d => d.Absolute)];
        Made = [.. made.Select(d => d.Absolute)];
    }

    /// <summary>Absolute, one for each hierarchy. Empty for a rootless container that may not have a cgroup.</summary>
    public IReadOnlyList<string> Directories { get; }

    /// <summary>The directories that <see cref="Create"/> made, parents too: what <see cref="Remove"/> is to be given. Empty after <see cref="Open"/>.</summary>
    public IReadOnlyList<string> Made { get; }

    /// <summary>What the last <see cref="Apply"/> could not honour.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>Makes the cgroup in every hierarchy, ready to be entered, without limits but those of cpuset.</summary>
    /// <param name="host">The host.</param>
    /// <param name="location">From <see cref="CgroupHost.Locate"/>.</param>
    /// <param name="resources">What will be applied: says which version 2 controllers and which cpuset are needed.</param>
    /// <param name="rootless">Go without hierarchies that refuse, unless the location was asked for by name.</param>
    /// <exception cref="ContainerException">It cannot be made, or somebody is in it, or it is frozen. Nothing is left behind.</exception>
    public static Cgroup Create(CgroupHost host, CgroupLocation location, Resources? resources, bool rootless = false)
    {
        CgroupLimits.RefuseUnifiedOnV1(host, resources);
        return Make(host, location, resources, rootless, isOccupied: false);
    }

    /// <summary>The same for a cgroup that systemd has made in the hierarchies it cares for, with the container's init in it.</summary>
    internal static Cgroup Adopt(CgroupHost host, CgroupLocation location, Resources? resources) =>
        Make(host, location, resources, rootless: false, isOccupied: true);

    private static Cgroup Make(CgroupHost host, CgroupLocation location, Resources? resources, bool rootless, bool isOccupied)
    {
        var maker = new CgroupMaker(host);
        var joined = new List<CgroupDirectory>(location.Places.Count);
        var existing = new List<CgroupDirectory>();
        var complete = false;
        try
        {
            foreach (var place in location.Places)
            {
                try
                {
                    if (!maker.Make(place, resources)) existing.Add(place);
                    joined.Add(place);
                }
                catch (SyscallException e) when (rootless && !location.IsExplicit && e.Errno is Errno.EPERM or Errno.EACCES or Errno.EROFS)
                {
                    if (host.Layout == CgroupLayout.Unified && CgroupLimits.Controllers(resources).Any())
                        throw new ContainerException($"rootless needs no limits + no cgrouppath when no permission is granted for cgroups: {e.Message}", e);
                }
            }

            if (!isOccupied)
            {
                foreach (var directory in existing) CheckFitness(directory);
            }

            complete = true;
            return new Cgroup(host, [.. joined], maker.Made, resources?.Cpu);
        }
        catch (SyscallException e)
        {
            throw new ContainerException($"unable to apply cgroup configuration: {e.Message}", e);
        }
        finally
        {
            if (!complete) maker.Undo();
        }
    }

    /// <summary>The cgroup of a container that another process made.</summary>
    /// <param name="host">The host.</param>
    /// <param name="directories">Its <see cref="Directories"/>.</param>
    /// <exception cref="ContainerException">A directory is in no hierarchy of this host.</exception>
    public static Cgroup Open(CgroupHost host, IReadOnlyList<string> directories) =>
        new(host, [.. directories.Select(host.Find)], [], null);

    /// <summary>The cgroups a process is in now: of a container whose init moved on within its own cgroup.</summary>
    /// <exception cref="SyscallException">The process is gone.</exception>
    public static Cgroup Of(CgroupHost host, int pid)
    {
        var membership = CgroupMembership.Of(pid);
        var directories = host.Hierarchies
            .Select(h => membership.PathIn(h) is { } path ? new CgroupDirectory(h, path) : null)
            .OfType<CgroupDirectory>();
        return new Cgroup(host, [.. directories], [], null);
    }

    /// <summary>Opens what a process enters the cgroup by.</summary>
    /// <param name="subCgroups">
    /// Values of <c>exec --cgroup</c>: "[CONTROLLER[,CONTROLLER]:]PATH", below the container's cgroup. Null is the cgroup itself.
    /// </param>
    /// <param name="init">
    /// Where the container's init is, for a process that joins it: taken in version 2 where no process may enter the container's own cgroup,
    /// since init (systemd) has handed its controllers down, or has moved on and the cgroup is gone.
    /// </param>
    /// <exception cref="ContainerException">A sub-cgroup is badly named.</exception>
    /// <exception cref="SyscallException">It does not exist.</exception>
    public CgroupEntry OpenEntry(IReadOnlyList<string>? subCgroups = null, Func<CgroupMembership>? init = null)
    {
        var targets = SubCgroups.Resolve(_host, _directories, subCgroups ?? []);
        if (init is not null && subCgroups is not { Count: > 0 }) targets = [.. targets.Select(d => TakesProcesses(d) ? d : BesideInit(d, init()))];
        FdHandle? unified = null;
        var tasks = new List<FdHandle>(targets.Count);
        try
        {
            foreach (var directory in targets)
            {
                if (directory.Hierarchy.IsUnified) unified = directory.OpenDirectory(Sys.OPath);
                else tasks.Add(directory.Open("tasks", Sys.OWrOnly));
            }

            return new CgroupEntry(unified, tasks);
        }
        catch (SyscallException)
        {
            new CgroupEntry(unified, tasks).Dispose();
            throw;
        }
    }

    /// <summary>Sets what is set in the resources, and leaves the rest alone; devices are not touched.</summary>
    /// <returns>Warnings for the log: settings that this host cannot honour and that do no harm when ignored.</returns>
    /// <exception cref="ContainerException">A value makes no sense, or its controller is missing.</exception>
    /// <exception cref="SyscallException">The kernel refuses a value.</exception>
    public IReadOnlyList<string> Apply(Resources resources)
    {
        // Create has written the cpuset already.
        if (_initialSet is not null && ReferenceEquals(resources.Cpu, _initialSet) && Find("cpuset") is { Hierarchy.IsUnified: false })
            resources = resources with { Cpu = resources.Cpu with { Cpus = null, Mems = null } };
        var limits = new CgroupLimits(_host, _directories);
        limits.Apply(resources);
        return Warnings = limits.Warnings;
    }

    /// <summary>Sets which devices may be used: the rules, then those that every container gets. Absent rules deny the rest.</summary>
    /// <param name="rules"><c>linux.resources.devices</c>.</param>
    /// <param name="devices"><c>linux.devices</c>: one at the path of a default device takes the place of its default rule.</param>
    /// <param name="rootless">In a user namespace devices cannot be restricted, and need not be: none can be made there.</param>
    /// <param name="beside">Programs of others stay (version 2): systemd restricts devices too, and knows its own.</param>
    /// <exception cref="ContainerException">A rule is malformed, or the host has no way to restrict devices.</exception>
    /// <exception cref="SyscallException">The kernel refuses.</exception>
    public void ApplyDevices(IReadOnlyList<DeviceRule>? rules, IReadOnlyList<Device>? devices = null, bool rootless = false, bool beside = false)
    {
        var set = DeviceRules.From(rules, devices);
        var directory = Find("devices") ?? _directories.FirstOrDefault(d => d.Hierarchy.IsUnified);
        if (directory is null)
        {
            if (rootless) return;
            throw new ContainerException("cannot set devices limit: container could not join or create cgroup");
        }

        try
        {
            if (!directory.Hierarchy.IsUnified)
            {
                DevicesV1.Apply(directory, set);
                return;
            }

            using var fd = directory.OpenDirectory(Sys.ORdOnly);
            BpfDeviceFilter.Attach(fd, set, beside);
        }
        catch (SyscallException e) when (rootless && e.Errno is Errno.EPERM or Errno.EACCES)
        {
            // Left as it is, by the rule above.
        }
    }

    /// <summary>Changes limits of a live container, paused or not: all that the change says, or nothing when a part of it is refused.</summary>
    /// <param name="change">From what the container has.</param>
    /// <param name="before">The device rules that it has.</param>
    /// <param name="describedDevices">From <see cref="DescribedDevices"/> of its config.</param>
    /// <param name="rootless">As for <see cref="ApplyDevices"/>.</param>
    /// <param name="beside">As for <see cref="ApplyDevices"/>.</param>
    /// <returns>Warnings for the log.</returns>
    /// <exception cref="ContainerException">A value makes no sense, or its controller is missing.</exception>
    /// <exception cref="SyscallException">The kernel refuses a value.</exception>
    public IReadOnlyList<string> Update(ResourceChange change, IReadOnlyList<DeviceRule>? before, IReadOnlyList<string>? describedDevices, bool rootless = false, bool beside = false)
    {
        return CgroupUpdate.Apply(_host, _directories, change.Written, ChangeDevices);

        void ChangeDevices()
        {
            if (change.Written.Devices is not { } rules) return;
            List<Device> described = [.. (describedDevices ?? []).Select(path => new Device { Path = path })];
            var directory = Find("devices") ?? _directories.FirstOrDefault(d => d.Hierarchy.IsUnified)
                ?? throw new ContainerException("cannot set devices limit: container could not join or create cgroup");
            try
            {
                CgroupUpdate.ReplaceDevices(directory, DeviceRules.From(before, described), DeviceRules.From(rules, described), WhileFrozen, beside);
            }
            catch (SyscallException e) when (rootless && e.Errno is Errno.EPERM or Errno.EACCES)
            {
                // Left as it is, as at the creation.
            }
        }
    }

    /// <summary>Paths among these that every container may use unless it describes them itself: what <see cref="ApplyDevices"/> takes from <c>linux.devices</c>.</summary>
    public static IReadOnlyList<string> DescribedDevices(IReadOnlyList<Device>? devices) =>
        [.. DefaultDevices.Rules.Select(r => r.Path).OfType<string>().Where(path => devices?.Any(d => d.Path == path) is true)];

    /// <summary>Gives a version 2 cgroup to the container's user (config-linux.md, Cgroup ownership): the directory and the files that the kernel lists for it.</summary>
    public void Delegate(uint uid)
    {
        if (_host.Layout != CgroupLayout.Unified || _directories.FirstOrDefault() is not { } directory) return;
        CgroupOwner.Change(directory, uid);
    }

    /// <summary>Stops every process. Blocks until they stand still.</summary>
    /// <exception cref="ContainerException">They do not within the limit (default 10 s); they run on.</exception>
    public void Freeze(TimeSpan? limit = null)
    {
        RefuseRoot();
        CgroupFreezer.Freeze(
            Freezer ?? throw new ContainerException("cannot toggle freezer: cgroups not configured for container"),
            limit ?? TimeSpan.FromSeconds(10));
    }

    /// <summary>Lets every process run on. Does nothing to one that is not frozen or is gone.</summary>
    public void Thaw()
    {
        if (Freezer is { } freezer) CgroupFreezer.Thaw(freezer);
    }

    /// <summary>True when this cgroup itself is frozen; a frozen ancestor does not count.</summary>
    public bool IsFrozen => Freezer is { } freezer && CgroupFreezer.IsFrozen(freezer);

    /// <summary>Sends a signal to every process of the cgroup and below. SIGKILL reaches frozen ones too, and blocks until nobody is left.</summary>
    /// <returns>False when processes are left after the limit (default 10 s); always true for other signals.</returns>
    /// <exception cref="SyscallException">A process may not be signalled.</exception>
    public bool Kill(int signal, TimeSpan? limit = null)
    {
        RefuseRoot();
        if (signal == 9) return CgroupKiller.KillAll(_directories, Freezer, limit ?? TimeSpan.FromSeconds(10));
        var done = new HashSet<int>();
        while (Listing is { } listing)
        {
            var signalled = CgroupProcesses.Signal(listing, signal, done);
            foreach (var process in signalled) process.Dispose();
            if (signalled.Count == 0) break;
        }

        return true;
    }

    /// <summary>Host pids of the cgroup and of all below it, in no order. Empty when it is gone.</summary>
    public IReadOnlyList<int> Processes() => Listing is { } listing ? CgroupProcesses.In(listing) : [];

    /// <summary>Removes cgroups that the container made in its own, then its own, then parents that are empty.</summary>
    /// <param name="made">What <see cref="Made"/> was after <see cref="Create"/>; nothing else is removed.</param>
    /// <param name="limit">How long to wait for processes that are ending (default 2 s). It does not end any.</param>
    /// <exception cref="SyscallException">EBUSY: a process is still there.</exception>
    public void Remove(IReadOnlyList<string> made, TimeSpan? limit = null) =>
        CgroupRemover.Remove(_directories, [.. made.Select(_host.Find)], limit ?? TimeSpan.FromSeconds(2));

    /// <summary>Removes the directories if nobody is in them, and waits for nobody. What is gone already is not missed.</summary>
    /// <param name="made">As for <see cref="Remove"/>.</param>
    /// <returns>False when one is in use, or has cgroups below; others may be gone then.</returns>
    public bool TryRemove(IReadOnlyList<string> made) => CgroupRemover.TryRemove(_directories, [.. made.Select(_host.Find)]);

    /// <summary>Refuses what <c>memory.checkBeforeUpdate</c> is there for, before anybody else sets it.</summary>
    /// <exception cref="ContainerException">More is in use than is to be allowed.</exception>
    internal void CheckMemory(Resources resources)
    {
        if (resources.Memory is { } limits && Find("memory") is { } memory)
            MemoryCheck.BeforeUpdate(memory, memory.Hierarchy.IsUnified ? "memory.current" : "memory.usage_in_bytes", limits);
    }

    /// <summary>What the container has used, in the shape of runc's <c>events --stats</c>.</summary>
    public ContainerStatistics Statistics() => StatisticsReader.Read(_host, _directories);

    /// <summary>Watches for want of memory. Null where the memory controller is missing.</summary>
    /// <exception cref="SyscallException">The cgroup is gone.</exception>
    public OomNotice? OpenOomNotice() => Find("memory") is { } memory ? OomNotice.Open(memory) : null;

    /// <summary>Processes that the kernel killed for want of memory; null when nobody counts, or the cgroup is gone.</summary>
    public long? OomKills() => Find("memory") is { } memory ? OomNotice.Count(memory) : null;

    /// <summary>The directory by which every process is stopped, for who does it by itself; null where there is none.</summary>
    public string? FreezerDirectory => Freezer?.Absolute;

    // cgroups.rst, "No Internal Process Constraint".
    private static bool TakesProcesses(CgroupDirectory directory) =>
        !directory.Hierarchy.IsUnified || (directory.TryRead("cgroup.subtree_control", out var errno) is { } handedDown ? handedDown.Trim().Length == 0 : errno != Errno.ENOENT);

    private static CgroupDirectory BesideInit(CgroupDirectory own, CgroupMembership init) =>
        init.PathIn(own.Hierarchy) is { } path ? new CgroupDirectory(own.Hierarchy, path) : own;

    private CgroupDirectory? Freezer => Find("freezer") ?? _directories.FirstOrDefault(d => d.Hierarchy.IsUnified);

    // The hierarchy that processes are looked up in: the one that a container must be in.
    private CgroupDirectory? Listing => Find("devices") ?? _directories.FirstOrDefault(d => d.Hierarchy.IsUnified) ?? _directories.FirstOrDefault();

    private CgroupDirectory? Find(string controller)
    {
        foreach (var directory in _directories)
            if (!directory.Hierarchy.IsUnified && directory.Hierarchy.Has(controller)) return directory;
        foreach (var directory in _directories)
            if (directory.Hierarchy.IsUnified && directory.Hierarchy.Has(controller)) return directory;
        return null;
    }

    // Only Of() can lead there, for a process outside every container; the whole host would stop.
    private void RefuseRoot()
    {
        if (Array.Exists(_directories, d => d.Path.Length == 0)) throw new InvalidOperationException("the root cgroup is no container's");
    }

    private void WhileFrozen(Action change)
    {
        if (IsFrozen)
        {
            change();
            return;
        }

        Freeze();
        try
        {
            change();
        }
        finally
        {
            Thaw();
        }
    }

    private static void CheckFitness(CgroupDirectory directory)
    {
        var count = CgroupProcesses.In(directory).Count;
        if (count > 0) throw new ContainerException($"container's cgroup is not empty: {count} process(es) found");
        if ((directory.Hierarchy.IsUnified || directory.Hierarchy.Has("freezer")) && CgroupFreezer.IsFrozen(directory))
            throw new ContainerException("container's cgroup unexpectedly frozen");
    }
}
