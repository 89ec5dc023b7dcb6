using Anocir.Platform.Ipc;
using Anocir.Platform.Network;
using Anocir.Platform.Oci;
using Anocir.Platform.Rootfs;
using Xunit;

namespace Anocir.Platform.Tests.Network;

/// <summary>linux.netDevices as a plan, and addresses as rtnetlink writes them.</summary>
public sealed class NetDeviceTests
{
    [Fact]
    public void Plan_keeps_a_name_that_is_not_changed()
    {
        var plans = NetDevicePlan.From(new Dictionary<string, NetDevice> { ["a"] = new(), ["b"] = new() { Name = "eth%d" }, ["c"] = new() { Name = "" } });
        Assert.Equal([new NetDevicePlan("a", "a"), new("b", "eth%d"), new("c", "c")], plans);
        Assert.Equal([false, true, false], plans.Select(p => p.IsPattern));
        Assert.Empty(NetDevicePlan.From(null));
    }

    [Fact]
    public void Address_is_read_and_written_with_what_belongs_to_it()
    {
        // RTM_NEWADDR: AF_INET, /24, flags, scope 0, index 7; IFA_ADDRESS, IFA_LABEL, IFA_FLAGS (permanent, noprefixroute), IFA_CACHEINFO.
        byte[] body =
        [
            2, 24, 0x80, 0, 7, 0, 0, 0,
            8, 0, 1, 0, 10, 9, 8, 7,
            8, 0, 3, 0, (byte)'e', (byte)'0', 0, 0,
            8, 0, 8, 0, 0x80, 2, 0, 0,
            20, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        var (index, address) = NetworkAddress.Read(body);
        Assert.Equal(7, index);
        Assert.True(address.MustBePreserved);
        byte[] written = [2, 24, 0, 0, 9, 0, 0, 0, 8, 0, 8, 0, 0, 2, 0, 0, 8, 0, 1, 0, 10, 9, 8, 7];
        Assert.Equal(written, address.ToMessage(9).Body.ToArray());
    }

    [Theory]
    [InlineData(0x80, 0, true)]
    [InlineData(0x00, 0, false)]
    [InlineData(0x80, 253, false)]
    public void Only_permanent_global_addresses_move_along(byte flags, byte scope, bool moves) =>
        Assert.Equal(moves, NetworkAddress.Read([10, 64, flags, scope, 1, 0, 0, 0]).Address.MustBePreserved);

    [Fact]
    public void Attributes_that_are_cut_off_end_the_list()
    {
        Assert.Empty(NetlinkMessage.AttributesOf([9, 0, 1, 0, 1, 2, 3, 4]));
        Assert.Empty(NetlinkMessage.AttributesOf([3, 0, 1, 0]));
        Assert.Equal([1], Assert.Single(NetlinkMessage.AttributesOf([5, 0, 1, 0, 1])).Value);
    }

    [Fact]
    public void Ticket_is_read_as_it_was_written()
    {
        var ticket = new LaunchTicket(5, true, [1, 2], false, true)
        {
            UserNamespaces = [new IdMapPlan([new IdMapping { ContainerID = 1, HostID = 4294967294, Size = 3 }], [new IdMapping { Size = 1 }], true)],
            NetDevices = [new NetDevicePlan("a", "b%d")],
            TimeOffsets = "monotonic 1 2\n",
        };
        var read = LaunchTicket.Read(new WireReader(ticket.Write(new WireWriter()).Written.ToArray()));
        Assert.Equal((5, true, false, true, "monotonic 1 2\n"), (read.CloneFlags, read.IntoCgroup, read.AwaitIdMaps, read.Exec, read.TimeOffsets));
        Assert.Equal(ticket.NetDevices, read.NetDevices);
        Assert.Equal(ticket.UserNamespaces[0].UidMappings, read.UserNamespaces[0].UidMappings);
        Assert.Equal(ticket.UserNamespaces[0].GidMappings, read.UserNamespaces[0].GidMappings);
    }
}
