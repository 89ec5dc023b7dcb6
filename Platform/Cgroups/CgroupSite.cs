namespace Anocir.Platform.Cgroups;

/// <summary>A container's cgroup as it is stored: enough for any later process to change or remove it.</summary>
/// <param name="Directories">Absolute, one for each hierarchy.</param>
/// <param name="Removable">Those among them and above them that go with the container; none when the cgroup is somebody else's.</param>
/// <param name="Unit">The unit of systemd that it is; null where systemd has nothing to do with it.</param>
public sealed record CgroupSite(IReadOnlyList<string> Directories, IReadOnlyList<string> Removable, string? Unit);
