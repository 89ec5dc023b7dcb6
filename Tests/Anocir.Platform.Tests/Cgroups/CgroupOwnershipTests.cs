using Anocir.Platform.Cgroups;
using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Platform.Tests.Cgroups;

public class CgroupOwnershipTests
{
    private static readonly Mount Writable = new() { Destination = "/sys/fs/cgroup", Source = "cgroup", Type = "cgroup" };

    [Fact]
    public void Owner_is_the_host_uid_of_the_containers_user()
    {
        Assert.Equal(100_000u, CgroupOwnership.Uid(Spec(Writable, 0), ownNamespace: true));
        Assert.Equal(101_000u, CgroupOwnership.Uid(Spec(Writable, 1000), ownNamespace: true));
        Assert.Null(CgroupOwnership.Uid(Spec(Writable, 70_000), ownNamespace: true));
    }

    [Fact]
    public void Owner_is_the_host_without_a_namespace_or_a_mount_to_write_to()
    {
        Assert.Null(CgroupOwnership.Uid(Spec(Writable, 0), ownNamespace: false));
        Assert.Null(CgroupOwnership.Uid(Spec(Writable with { Options = ["nosuid", "ro"] }, 0), ownNamespace: true));
        Assert.Null(CgroupOwnership.Uid(Spec(Writable with { Destination = "/mnt" }, 0), ownNamespace: true));
        Assert.Null(CgroupOwnership.Uid(Spec(Writable with { Source = "/sys/fs/cgroup" }, 0), ownNamespace: true));
    }

    private static Spec Spec(Mount mount, uint user) => new()
    {
        OciVersion = "1.0.0",
        Mounts = [mount],
        Process = new Process { User = new User { Uid = user } },
        Linux = new Linux { UidMappings = [new IdMapping { ContainerID = 0, HostID = 100_000, Size = 65_536 }] },
    };
}
