namespace Anocir.Platform.Cgroups.Devices;

/// <summary>Devices that every container may use, whatever its rules say: engines rely on what runc allows.</summary>
internal static class DefaultDevices
{
    internal static readonly IReadOnlyList<(string? Path, DeviceNumber Number, DeviceAccess Access)> Rules =
    [
        // Making a node gives no access to what it names.
        (null, new DeviceNumber('c', null, null), DeviceAccess.Mknod),
        (null, new DeviceNumber('b', null, null), DeviceAccess.Mknod),
        ("/dev/null", new DeviceNumber('c', 1, 3), DeviceAccess.All),
        ("/dev/random", new DeviceNumber('c', 1, 8), DeviceAccess.All),
        ("/dev/full", new DeviceNumber('c', 1, 7), DeviceAccess.All),
        ("/dev/tty", new DeviceNumber('c', 5, 0), DeviceAccess.All),
        ("/dev/zero", new DeviceNumber('c', 1, 5), DeviceAccess.All),
        ("/dev/urandom", new DeviceNumber('c', 1, 9), DeviceAccess.All),
        // /dev/pts/*, /dev/pts/ptmx, /dev/net/tun
        (null, new DeviceNumber('c', 136, null), DeviceAccess.All),
        (null, new DeviceNumber('c', 5, 2), DeviceAccess.All),
        (null, new DeviceNumber('c', 10, 200), DeviceAccess.All),
    ];
}
