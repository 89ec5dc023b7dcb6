using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups.V2;

/// <summary><c>resources.unified</c>: files of the cgroup by name, known here or not (config-linux.md, Unified).</summary>
internal static class UnifiedV2
{
    internal static void Apply(CgroupDirectory directory, IReadOnlyDictionary<string, string> values)
    {
        foreach (var (file, value) in values)
        {
            if (file.Contains('/', StringComparison.Ordinal))
                throw new ContainerException($"unified resource \"{file}\" must be a file name (no slashes)");
            // One line is one setting (io.max, rdma.max), and one write takes one.
            foreach (var line in value.Split('\n', StringSplitOptions.RemoveEmptyEntries)) ApplyLine(directory, file, line);
        }
    }

    private static void ApplyLine(CgroupDirectory directory, string file, string line)
    {
        var errno = directory.TryWrite(file, line);
        if (errno == 0) return;
        if (errno is Errno.EPERM or Errno.EACCES or Errno.ENOENT)
        {
            var dot = file.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0) throw new ContainerException($"unified resource \"{file}\" must be in the form CONTROLLER.PARAMETER");
            var controller = file[..dot];
            if (controller != "cgroup" && directory.TryRead("cgroup.controllers", out _)?.Split(' ').Contains(controller) is not true)
                throw new ContainerException($"unified resource \"{file}\" can't be set: controller \"{controller}\" not available");
        }

        var failure = directory.Failure(file, line, errno);
        throw new ContainerException($"unable to set unified resource \"{file}\": {failure.Message}", failure);
    }
}
