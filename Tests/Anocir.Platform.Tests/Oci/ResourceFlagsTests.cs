using System.Text.Json;
using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Platform.Tests.Oci;

public class ResourceFlagsTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("64M", 67108864)]
    [InlineData("64m", 67108864)]
    [InlineData("64mb", 67108864)]
    [InlineData("64MiB", 67108864)]
    [InlineData("64 MiB", 67108864)]
    [InlineData("1.5k", 1536)]
    [InlineData(".5k", 512)]
    [InlineData("1.2", 1)]
    [InlineData("7b", 7)]
    [InlineData("1g", 1L << 30)]
    [InlineData("2t", 2L << 40)]
    [InlineData("1p", 1L << 50)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Size_is_read_as_people_write_it(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("-5")]
    [InlineData("5x")]
    [InlineData("5mib2")]
    [InlineData("5mi")]
    [InlineData("5bb")]
    [InlineData("5kbs")]
    [InlineData("1,5k")]
    [InlineData("1e3")]
    [InlineData("0x10")]
    [InlineData("1.2.3")]
    [InlineData(".")]
    [InlineData("5  M")]
    [InlineData("9223372036854775808")]
    [InlineData("9000000p")]
    public void Text_that_is_no_size_is_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData("memory=64M", """{"memory":{"limit":67108864}""")]
    [InlineData("memory-swap=-1", """{"memory":{"swap":-1}""")]
    [InlineData("cpu-quota=-1", "\"cpu\":{\"quota\":-1}")]
    [InlineData("cpu-share=12", "\"cpu\":{\"shares\":12}")]
    [InlineData("cpu-rt-runtime=12", "\"cpu\":{\"realtimeRuntime\":12}")]
    [InlineData("cpuset-cpus=0-1", "\"cpu\":{\"cpus\":\"0-1\"}")]
    [InlineData("cpu-idle=0", "\"cpu\":{\"idle\":0}")]
    [InlineData("pids-limit=0", "\"pids\":{\"limit\":0}")]
    [InlineData("blkio-weight=500", "\"blockIO\":{\"weight\":500}")]
    [InlineData("memory=", """{"memory":{},"cpu":{},"pids":{},"blockIO":{}}""")]
    public void Flag_stands_for_one_resource(string flag, string json) =>
        Assert.Contains(json, JsonSerializer.Serialize(ResourceFlags.Parse([flag]), OciJson.Default.Resources), StringComparison.Ordinal);

    [Theory]
    [InlineData("memory=64X", "invalid value for memory: \"64X\" is not -1 or a size such as 64M")]
    [InlineData("memory=-2", "invalid value for memory: \"-2\" is not -1 or a size such as 64M")]
    [InlineData("cpu-period=-5", "invalid value for cpu-period: \"-5\" is not a whole number from 0 on")]
    [InlineData("cpu-quota=1.5", "invalid value for cpu-quota: \"1.5\" is not a whole number")]
    [InlineData("cpu-quota=99999999999999999999", "invalid value for cpu-quota: \"99999999999999999999\" is not a whole number")]
    [InlineData("pids-limit=ten", "invalid value for pids-limit: \"ten\" is not a whole number")]
    [InlineData("blkio-weight=70000", "invalid value for blkio-weight: must be from 10 to 1000, not 70000")]
    [InlineData("nonsense", "\"nonsense\" is not a flag and its value")]
    public void Flag_with_a_bad_value_is_named(string flag, string message) =>
        Assert.Equal(message, Assert.Throws<ContainerException>(() => ResourceFlags.Parse([flag])).Message);

    [Fact]
    public void Last_of_one_flag_counts() => Assert.Equal(20, ResourceFlags.Parse(["pids-limit=10", "pids-limit=20"]).Pids!.Limit);

    [Fact]
    public void Names_of_an_update_may_be_in_any_case_as_for_Go()
    {
        Assert.Equal("1", SpecReader.ParseUpdate("""{"CPU":{"Cpus":"1"}}"""u8).Cpu!.Cpus);
        Assert.Equal("resources: CPU: occurs twice in the same object", Failure("""{"cpu":{},"CPU":{}}"""));
        Assert.Equal("resources: Cpu.CPUS: must be a string, not the number 1", Failure("""{"Cpu":{"CPUS":1}}"""));

        static string Failure(string json) => Assert.Throws<ContainerException>(() => SpecReader.ParseUpdate(System.Text.Encoding.UTF8.GetBytes(json))).Message;
    }
}
