using Anocir.Platform.Ipc;

namespace Anocir.Platform.Rootfs;

/// <summary>
/// Everything that init does to the file system of a container, in order: <see cref="RootPath"/> is bound onto itself, <see cref="Mounts"/>,
/// devices and symlinks in /dev, pivot_root, names and sysctls, then what is read-only or masked.
/// </summary>
public sealed record RootfsPlan
{
    /// <summary>Absolute path of the host.</summary>
    public required string RootPath { get; init; }

    /// <summary>linux.rootfsPropagation; null is the default: the host's mounts arrive, the container's do not leave (rslave).</summary>
    public MountPropagation? Propagation { get; init; }
    public IReadOnlyList<MountPlan> Mounts { get; init; } = [];

    /// <summary>False where /dev is a bind of another tree: then it is taken as it is.</summary>
    public bool SetUpDev { get; init; } = true;
    public IReadOnlyList<DevicePlan> Devices { get; init; } = [];

    /// <summary>Bind the host's nodes instead of making new ones: mknod(2) is refused in a user namespace.</summary>
    public bool BindDevices { get; init; }
    public IReadOnlyList<SymlinkPlan> Symlinks { get; init; } = [];
    public IReadOnlyList<string> MaskedPaths { get; init; } = [];
    public IReadOnlyList<string> ReadonlyPaths { get; init; } = [];
    public bool ReadonlyRoot { get; init; }

    /// <summary>Move the root and chroot instead of pivot_root (ramdisks): set by the caller, <c>plan with { NoPivot = true }</c>.</summary>
    public bool NoPivot { get; init; }
    public string? Hostname { get; init; }
    public string? Domainname { get; init; }
    public IReadOnlyList<SysctlPlan> Sysctls { get; init; } = [];

    /// <summary>process.terminal: the builder opens a terminal and binds it onto /dev/console.</summary>
    public bool Console { get; init; }

    public void Write(WireWriter writer)
    {
        writer.String(RootPath).Bool(Propagation is not null);
        if (Propagation is { } p) MountPropagation.Write(writer, p);
        writer.List(Mounts, MountPlan.Write).Bool(SetUpDev).List(Devices, DevicePlan.Write).Bool(BindDevices).List(Symlinks, SymlinkPlan.Write)
            .Strings(MaskedPaths).Strings(ReadonlyPaths).Bool(ReadonlyRoot).Bool(NoPivot).String(Hostname).String(Domainname)
            .List(Sysctls, SysctlPlan.Write).Bool(Console);
    }

    public static RootfsPlan Read(WireReader reader) => new()
    {
        RootPath = reader.String(),
        Propagation = reader.Bool() ? MountPropagation.Read(reader) : null,
        Mounts = reader.List(MountPlan.Read),
        SetUpDev = reader.Bool(),
        Devices = reader.List(DevicePlan.Read),
        BindDevices = reader.Bool(),
        Symlinks = reader.List(SymlinkPlan.Read),
        MaskedPaths = reader.Strings(),
        ReadonlyPaths = reader.Strings(),
        ReadonlyRoot = reader.Bool(),
        NoPivot = reader.Bool(),
        Hostname = reader.OptionalString(),
        Domainname = reader.OptionalString(),
        Sysctls = reader.List(SysctlPlan.Read),
        Console = reader.Bool(),
    };
}
