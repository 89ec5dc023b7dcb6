using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Network;

/// <summary>
/// Network devices on their way into a container (config-linux.md, Network Devices): moved, renamed, given their addresses again, set up.
/// For the launcher, whose network namespace is the one they come from; as long as this lives, so does the container's.
/// </summary>
public sealed class NetworkMove : IDisposable
{
    private readonly FdHandle _home;
    private readonly FdHandle _target;
    private readonly RouteSocket _here;
    private readonly RouteSocket _there;
    private readonly List<Moved> _moved = [];

    private NetworkMove(FdHandle target)
    {
        _target = Sys.Duplicate(target);
        _home = Sys.Open("/proc/thread-self/ns/net", Sys.ORdOnly);
        _here = RouteSocket.Open();
        _there = RouteSocket.OpenIn(_target, _home);
    }

    /// <summary>Moves them all, or none and says which could not be moved.</summary>
    /// <param name="target">The container's network namespace.</param>
    /// <exception cref="ContainerException">No such device, or the name is taken in the container.</exception>
    /// <exception cref="SyscallException">The kernel refuses.</exception>
    public static NetworkMove Perform(IReadOnlyList<NetDevicePlan> devices, FdHandle target)
    {
        var move = new NetworkMove(target);
        try
        {
            foreach (var device in devices) move.Take(device);
            return move;
        }
        catch
        {
            move.Return();
            move.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Back to where they were, after a creation that failed: a device that virtual hardware stands behind would end with the container's
    /// namespace. As far as the kernel lets it; why the creation failed is what its caller hears.
    /// </summary>
    public void Return()
    {
        for (var i = _moved.Count - 1; i >= 0; i--)
        {
            var moved = _moved[i];
            if (_there.TryMove(moved.Index, _home, moved.Origin.Name) != 0) continue;
            if (_here.Links().FirstOrDefault(l => l.Name == moved.Origin.Name) is not { } link) continue;
            foreach (var address in moved.Addresses) _here.TryAdd(address, link.Index);
            if (moved.Origin.IsUp) _here.TrySetUp(link.Index);
        }

        _moved.Clear();
    }

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
        _home.Dispose();
        _target.Dispose();
    }

    private void Take(NetDevicePlan device)
    {
        var origin = _here.Links().FirstOrDefault(l => l.Name == device.Name)
            ?? throw new ContainerException($"linux.netDevices.{device.Name}: there is no such network device in the caller's network namespace");
        var before = _there.Links();
        // The kernel would move it first and see the conflict when it renames: half a move.
        if (!device.IsPattern && before.Any(l => l.Name == device.NewName))
            throw new ContainerException($"linux.netDevices.{device.Name}: the container's network namespace has a device {device.NewName} already");
        // Read while it is up: going down costs it its IPv6 addresses.
        var addresses = _here.AddressesOf(origin.Index).Where(static a => a.MustBePreserved).ToList();
        var errno = _here.TryMove(origin.Index, _target, device.NewName);
        var arrived = _there.Links().FirstOrDefault(l => before.All(b => b.Index != l.Index));
        if (arrived is not null) _moved.Add(new Moved(arrived.Index, origin, addresses));
        if (errno != 0 || arrived is null)
            throw new SyscallException($"linux.netDevices.{device.Name}: move it into the container as {device.NewName}", errno == 0 ? Errno.ENODEV : errno);
        foreach (var address in addresses)
        {
            errno = _there.TryAdd(address, arrived.Index);
            if (errno is not (0 or Errno.EEXIST)) throw new SyscallException($"linux.netDevices.{device.Name}: give {arrived.Name} its address in the container", errno);
        }

        errno = _there.TrySetUp(arrived.Index);
        if (errno != 0) throw new SyscallException($"linux.netDevices.{device.Name}: set {arrived.Name} up in the container", errno);
    }

    private sealed record Moved(int Index, NetworkLink Origin, IReadOnlyList<NetworkAddress> Addresses);
}
