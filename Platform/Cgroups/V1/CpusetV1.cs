using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups.V1;

/// <summary>The cpuset controller, version 1. A new cpuset is empty, and a process cannot enter an empty one.</summary>
internal static class CpusetV1
{
    internal static void Apply(CgroupDirectory directory, CpuLimits limits)
    {
        if (!string.IsNullOrEmpty(limits.Cpus)) Set(directory, "cpuset.cpus", limits.Cpus);
        if (!string.IsNullOrEmpty(limits.Mems)) Set(directory, "cpuset.mems", limits.Mems);
    }

    private static void Set(CgroupDirectory directory, string file, string value)
    {
        var errno = directory.TryWrite(file, value);
        if (errno == 0) return;
        var failure = directory.Failure(file, value, errno);
        // cpusets(7): a set must be within the parent's.
        if (errno != Errno.EACCES || directory.Parent?.TryRead(file, out _) is not { Length: > 0 } above) throw failure;
        throw new ContainerException($"{failure.Message}: the cgroup above it has {above}", failure);
    }

    /// <summary>Fills what is empty from the parent, and the parent's from its parent before.</summary>
    /// <param name="directory">A directory that was just made, or one that may be empty.</param>
    /// <param name="wanted">What the directory is to have; what is given here is not inherited.</param>
    /// <param name="isNew">Known to be empty: spares the reads.</param>
    internal static void Initialise(CgroupDirectory directory, CpuLimits? wanted, bool isNew)
    {
        Inherit(directory, "cpuset.cpus", wanted?.Cpus, isNew);
        Inherit(directory, "cpuset.mems", wanted?.Mems, isNew);
    }

    private static void Inherit(CgroupDirectory directory, string file, string? wanted, bool isNew)
    {
        if (!string.IsNullOrEmpty(wanted))
        {
            // A set is refused when the parent's does not hold it: the parents come first.
            if (directory.Parent is { Path.Length: > 0 } above) Filled(above, file);
            directory.Write(file, wanted);
        }
        else if (isNew && directory.Parent is { } parent) directory.Write(file, Filled(parent, file));
        else Filled(directory, file);
    }

    private static string Filled(CgroupDirectory directory, string file)
    {
        var value = directory.Read(file);
        if (value.Length > 0 || directory.Parent is not { } parent) return value;
        value = Filled(parent, file);
        directory.Write(file, value);
        return value;
    }
}
