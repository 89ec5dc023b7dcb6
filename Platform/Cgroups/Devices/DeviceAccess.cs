namespace Anocir.Platform.Cgroups.Devices;

/// <summary>Kinds of access to a device node, with the kernel's bits (BPF_DEVCG_ACC_*).</summary>
[Flags]
internal enum DeviceAccess
{
    None = 0,
    Mknod = 1,
    Read = 2,
    Write = 4,
    All = Mknod | Read | Write,
}
