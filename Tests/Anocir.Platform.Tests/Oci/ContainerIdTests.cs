using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Platform.Tests.Oci;

public sealed class ContainerIdTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("...")]
    [InlineData("-dash_under+plus.dot")]
    [InlineData("0123456789abcdefABCDEF")]
    public void Id_ofAllowedCharacters_isAccepted(string text)
    {
        Assert.True(ContainerId.TryParse(text, out var id, out var error), error);
        Assert.Equal(text, id.Value);
        Assert.Equal(text, id.ToString());
        Assert.Equal(ContainerId.Parse(text), id);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("a\0")]
    [InlineData("caf\u00e9")]
    [InlineData("\u0661")]
    public void Id_ofOtherCharacters_isRefused(string? text)
    {
        Assert.False(ContainerId.TryParse(text, out _, out var error));
        Assert.StartsWith("invalid container ID format: ", error, StringComparison.Ordinal);
        Assert.Equal(error, Assert.Throws<ContainerException>(() => ContainerId.Parse(text)).Message);
    }

    [Fact]
    public void Id_ofTheGreatestLength_isAccepted_andALongerOneRefused()
    {
        Assert.True(ContainerId.TryParse(new string('x', 1024), out _, out _));
        Assert.False(ContainerId.TryParse(new string('x', 1025), out _, out var error));
        Assert.Equal("invalid container ID format: longer than 1024 characters", error);
    }
}
