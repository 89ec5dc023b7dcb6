using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Platform.Tests.Oci;

public sealed class SignalNameTests
{
    [Theory]
    [InlineData("TERM", 15)]
    [InlineData("SIGTERM", 15)]
    [InlineData("sigterm", 15)]
    [InlineData("Kill", 9)]
    [InlineData("15", 15)]
    [InlineData("0", 0)]
    [InlineData("64", 64)]
    [InlineData("HUP", 1)]
    [InlineData("SIGUSR1", 10)]
    [InlineData("USR2", 12)]
    [InlineData("CHLD", 17)]
    [InlineData("WINCH", 28)]
    [InlineData("SYS", 31)]
    [InlineData("RTMIN", 34)]
    [InlineData("SIGRTMIN+3", 37)]
    [InlineData("rtmin+30", 64)]
    [InlineData("RTMAX", 64)]
    [InlineData("RTMAX-14", 50)]
    public void Signal_byNameOrNumber_isFound(string text, int expected) => Assert.Equal(expected, SignalName.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("SIG")]
    [InlineData("FOO")]
    [InlineData("SIGSIGTERM")]
    [InlineData("65")]
    [InlineData("-1")]
    [InlineData("+9")]
    [InlineData(" 9")]
    [InlineData("9999999999")]
    [InlineData("RTMIN+31")]
    [InlineData("RTMIN-1")]
    [InlineData("RTMAX-31")]
    [InlineData("RTMIN+")]
    public void Signal_thatIsNone_isRefused(string text) =>
        Assert.Equal($"unknown signal \"{text}\"", Assert.Throws<ContainerException>(() => SignalName.Parse(text)).Message);
}
