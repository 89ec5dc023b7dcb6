using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>Who makes, changes and removes the cgroups of containers: this process by itself, or systemd for it. Holds nothing of a container.</summary>
public abstract class CgroupDriver
{
    /// <summary>The cgroup is made around an init that exists; else init is born into it, or enters it by itself.</summary>
    public abstract bool NeedsInit { get; }

    /// <summary>Completes when <see cref="Locate"/> can be called.</summary>
    /// <exception cref="ContainerException">This host does not have what the driver needs.</exception>
    public abstract Task Ready();

    /// <summary>Finds the cgroup of a container. Touches nothing.</summary>
    /// <param name="cgroupsPath"><c>linux.cgroupsPath</c>.</param>
    /// <param name="id">The container's id.</param>
    /// <param name="caller">Whose cgroup a relative path is below; null is the supervisor.</param>
    /// <exception cref="ContainerException">The path is malformed.</exception>
    public abstract CgroupLocation Locate(string? cgroupsPath, string id, CgroupMembership? caller);

    /// <summary>What is to be stored, before anything is made.</summary>
    public abstract CgroupSite Survey(CgroupLocation location);

    /// <summary>Makes it, with limits, device rules and owner. Of one that cannot be finished <see cref="Remove"/> removes the rest.</summary>
    /// <param name="order">What it is to be.</param>
    /// <param name="init">Host pid of init where <see cref="NeedsInit"/>.</param>
    /// <exception cref="ContainerException">It cannot be made, or somebody is in it already, or a limit makes no sense.</exception>
    /// <exception cref="SyscallException">The kernel refuses.</exception>
    public abstract Task<Cgroup> Make(CgroupOrder order, int init);

    /// <summary>Sets what is set in the resources, and leaves the rest alone; devices are not touched.</summary>
    /// <returns>Warnings for the log.</returns>
    /// <exception cref="ContainerException">A value makes no sense, or its controller is missing.</exception>
    /// <exception cref="SyscallException">The kernel refuses.</exception>
    public abstract Task<IReadOnlyList<string>> Update(CgroupSite site, Resources resources);

    /// <summary>Ends every process in it and removes it, whoever made it. What is gone already is not missed.</summary>
    /// <param name="site">As it was stored.</param>
    /// <param name="killLimit">From SIGKILL until no process is left.</param>
    /// <param name="removeLimit">For the directories to go.</param>
    /// <exception cref="SyscallException">Something of it cannot be removed.</exception>
    public abstract Task Remove(CgroupSite site, TimeSpan killLimit, TimeSpan removeLimit);
}
