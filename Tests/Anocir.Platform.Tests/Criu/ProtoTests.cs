using Anocir.Platform.Criu;
using Xunit;

namespace Anocir.Platform.Tests.Criu;

public sealed class ProtoTests
{
    /// <summary>Bytes as the encoding's own documentation has them, and as protoc makes them.</summary>
    [Fact]
    public void Fields_are_written_as_protobuf_has_them()
    {
        Assert.Equal("08-96-01", Hex(new ProtoWriter().Number(1, 150)));
        Assert.Equal("12-07-74-65-73-74-69-6E-67", Hex(new ProtoWriter().String(2, "testing")));
        Assert.Equal("1A-03-08-96-01", Hex(new ProtoWriter().Message(3, new ProtoWriter().Number(1, 150))));
        Assert.Equal("08-FE-FF-FF-FF-FF-FF-FF-FF-FF-01", Hex(new ProtoWriter().Number(1, -2)));
        Assert.Equal("F8-03-01", Hex(new ProtoWriter().Flag(63, true)));
        Assert.Equal("", Hex(new ProtoWriter().Flag(1, false).OptionalNumber(2, null).OptionalString(3, null)));
        Assert.Equal("0A-00", Hex(new ProtoWriter().OptionalString(1, "")));
    }

    [Fact]
    public void Fields_are_read_as_they_were_written_and_unknown_ones_are_passed_over()
    {
        var bytes = new ProtoWriter().Number(1, -7).String(300, "ü").Number(2, long.MaxValue).ToArray();
        // Fixed64 and fixed32, which nothing here writes.
        var reader = new ProtoReader((byte[])[0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x2D, 1, 2, 3, 4, .. bytes]);
        var seen = new List<(int, long, string)>();
        while (reader.Next()) seen.Add((reader.Field, reader.Number, reader.Text));
        Assert.Equal([(4, 0, ""), (5, 0, ""), (1, -7, ""), (300, 0, "ü"), (2, long.MaxValue, "")], seen);
    }

    [Theory]
    [InlineData("08")]
    [InlineData("0896")]
    [InlineData("0A05414243")]
    [InlineData("0AFFFFFFFFFFFFFFFFFF01")]
    [InlineData("08FFFFFFFFFFFFFFFFFFFF01")]
    [InlineData("0B")]
    [InlineData("210102")]
    public void Message_that_is_cut_off_or_no_protobuf_is_refused(string hex)
    {
        var reader = new ProtoReader(Convert.FromHexString(hex));
        Assert.Throws<InvalidDataException>(() =>
        {
            while (reader.Next())
            {
            }
        });
    }

    private static string Hex(ProtoWriter writer) => BitConverter.ToString(writer.ToArray());
}
