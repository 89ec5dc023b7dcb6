using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Platform.Tests.Oci;

/// <summary>What engines write, and what the specification allows, is taken.</summary>
public sealed class GoodConfigTests
{
    public static TheoryData<string> Configs => [.. TestData.ConfigFiles];

    public static TheoryData<string> SchemaConfigs =>
        [.. Directory.EnumerateFiles(Path.Combine(TestData.Root, "oci-schema-tests/config/good")).Select(file => Path.GetRelativePath(TestData.Root, file))];

    [Theory]
    [MemberData(nameof(Configs))]
    public void Config_ofAnEngine_isAccepted(string file)
    {
        var warnings = SpecValidator.Validate(SpecReader.Parse(TestData.Read(file)), ValidationOptions.Default with { RequireProcess = true });
        Assert.All(warnings, warning => Assert.Contains("capabilities", warning, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Configs))]
    public void Config_readAndWritten_isTheSameAgain(string file)
    {
        var spec = SpecReader.Parse(TestData.Read(file));
        var once = JsonSerializer.SerializeToUtf8Bytes(spec, OciJson.Default.Spec);
        var twice = JsonSerializer.SerializeToUtf8Bytes(SpecReader.Parse(once), OciJson.Default.Spec);
        Assert.Equal(once, twice);
        AssertContains(JsonNode.Parse(TestData.Read(file))!, JsonNode.Parse(once)!, "");
    }

    [Fact]
    public void FullConfig_readAndWritten_losesNothing()
    {
        var written = JsonSerializer.SerializeToUtf8Bytes(SpecReader.Parse(TestData.Bytes(TestData.GoodConfig())), OciJson.Default.Spec);
        AssertContains(TestData.GoodConfig(), JsonNode.Parse(written)!, "");
    }

    [Theory]
    [MemberData(nameof(SchemaConfigs))]
    public void Config_goodByTheSchema_isRead_andRefusedOnlyForWhatTheSchemaCannotSay(string file)
    {
        var spec = SpecReader.Parse(TestData.Read(file));
        var refusal = Record.Exception(() => SpecValidator.Validate(spec, ValidationOptions.Default));
        switch (Path.GetFileName(file))
        {
            case "linux-netdevice.json":
                Assert.Contains("without a NET namespace", refusal!.Message, StringComparison.Ordinal);
                break;
            case "spec-example.json" or "zos-example.json":
                Assert.Contains("\"0.5.0-dev\" is not supported", refusal!.Message, StringComparison.Ordinal);
                break;
            case "freebsd-example.json":
                Assert.Contains("without a private UTS namespace", refusal!.Message, StringComparison.Ordinal);
                break;
            default:
                Assert.Null(refusal);
                break;
        }
    }

    [Theory]
    [InlineData("invalid-json.json", "line 1, column 2")]
    [InlineData("linux-hugepage.json", "linux.resources.hugepageLimits[0].pageSize")]
    [InlineData("linux-netdevice.json", "linux.netDevices.eth0.name")]
    [InlineData("linux-rdma.json", "linux.resources.rdma.mlx5_1.hcaHandles")]
    public void Config_badByTheSchema_isRefused(string file, string expected)
    {
        var json = TestData.Read("oci-schema-tests/config/bad/" + file);
        var e = Assert.Throws<ContainerException>(() => SpecValidator.Validate(SpecReader.Parse(json), ValidationOptions.Default));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Config_withAFieldOfAnotherPlatform_isAccepted()
    {
        var spec = SpecReader.Parse(TestData.Read("oci-schema-tests/config/bad/freebsd-vnet-disable.json"));
        Assert.Empty(SpecValidator.Validate(spec, ValidationOptions.Default));
    }

    [Theory]
    [InlineData("ociVersion", "\"1.0.2-dev\"")]
    [InlineData("ociVersion", "\"1.0.0-rc5-dev\"")]
    [InlineData("ociVersion", "\"1.3.0+dev\"")]
    [InlineData("ociVersion", "\"1.99.0\"")]
    [InlineData("process", null)]
    [InlineData("process.terminal", "false")]
    [InlineData("process.user", null)]
    [InlineData("process.capabilities", "null")]
    [InlineData("mounts[1].options", "[\"remount\"]")]
    [InlineData("mounts[2].destination", "\"/proc/sys/kernel/ns_last_pid\"")]
    [InlineData("mounts[0].options", "[\"hidepid=2\"]")]
    [InlineData("mounts[0]", "{\"destination\":\"/proc\",\"type\":\"bind\",\"source\":\"/proc\",\"options\":[\"rbind\"]}")]
    [InlineData("mounts[3].options", "[\"bind\"]")]
    [InlineData("mounts[3]", "{\"destination\":\"/d\",\"source\":\"/d\",\"options\":[\"bind\",\"ridmap\"]}")]
    [InlineData("linux.sysctl", "{\"net/ipv4/conf/eno2.100/rp_filter\":\"1\"}")]
    [InlineData("linux.seccomp", "{}")]
    [InlineData("linux.seccomp.listenerMetadata", "null")]
    [InlineData("linux.seccomp.syscalls[0].names[0]", "\"no_such_call\"")]
    [InlineData("linux.resources.memory", "{\"limit\":-1,\"swap\":-1}")]
    [InlineData("linux.resources.memory.swappiness", "18446744073709551615")]
    [InlineData("linux.resources.memory.swap", "0")]
    [InlineData("linux.resources.cpu", "{\"shares\":0,\"quota\":-1,\"period\":0,\"cpus\":\"\",\"mems\":\"0-7:1/2\"}")]
    [InlineData("linux.resources.blockIO.weight", "0")]
    [InlineData("linux.cgroupsPath", "\"\"")]
    [InlineData("linux.cgroupsPath", "\"relative/path\"")]
    [InlineData("linux.intelRdt.closID", "\"/\"")]
    [InlineData("linux.devices[0].fileMode", "8630")]
    [InlineData("linux.devices[0].path", "\"/elsewhere/fuse\"")]
    [InlineData("linux.rootfsPropagation", "\"runbindable\"")]
    [InlineData("linux.memoryPolicy", "{\"mode\":\"MPOL_DEFAULT\"}")]
    [InlineData("linux.maskedPaths", "null")]
    public void Value_thatIsUnusualButRight_isAccepted(string path, string? json)
    {
        var config = TestData.GoodConfig();
        TestData.Set(config, path, json);
        Assert.Empty(SpecValidator.Validate(SpecReader.Parse(TestData.Bytes(config)), ValidationOptions.Default));
    }

    [Theory]
    [InlineData("process.capabilities.bounding[0]", "\"CAP_UNKNOWN\"", "process.capabilities: ignoring unknown or unavailable capabilities: [\"CAP_UNKNOWN\"]")]
    [InlineData("process.capabilities.ambient", "[\"ALL\"]", "[\"ALL\"]")]
    [InlineData("mounts[1].destination", "\"dev\"", "mounts[1].destination: relative destination path \"dev\" is deprecated, using it as relative to /")]
    [InlineData("linux.namespaces[5].path", "\"/run/userns\"", "both a user namespace path to join and mappings are specified")]
    [InlineData("linux.resources.memory.kernel", "1000", "Kernel memory settings are ignored and will be removed")]
    [InlineData("linux.personality.flags", "[\"ADDR_NO_RANDOMIZE\"]", "ignoring unsupported personality flags")]
    [InlineData("linux.cgroupsPath", "\"/../../x\"", "using \"/x\"")]
    [InlineData("linux.intelRdt.l3CacheSchema", "\"0=f\"", "should be one line that starts with L3:")]
    [InlineData("linux.devices[2]", "{\"type\":\"p\",\"path\":\"/dev/pipe\"}", "listed twice")]
    public void Value_thatIsIgnoredOrDeprecated_isWarnedOfAndAccepted(string path, string json, string expected)
    {
        var config = TestData.GoodConfig();
        TestData.Set(config, path, json);
        var warning = Assert.Single(SpecValidator.Validate(SpecReader.Parse(TestData.Bytes(config)), ValidationOptions.Default));
        Assert.StartsWith("config.json: ", warning, StringComparison.Ordinal);
        Assert.Contains(expected, warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Config_ofTheLargestSize_isRead_andALargerOneRefused()
    {
        var json = Encoding.UTF8.GetBytes("{}" + new string(' ', SpecReader.MaxBytes - 2));
        Assert.Null(SpecReader.Parse(json).Root);
        var e = Assert.Throws<ContainerException>(() => SpecReader.Parse([.. json, (byte)' ']));
        Assert.Equal("config.json: larger than 16777216 bytes", e.Message);
    }

    [Fact]
    public void Config_nestedTooDeeply_isRefused()
    {
        var json = Encoding.UTF8.GetBytes($"{{\"x\":{new string('[', 100_000)}{new string(']', 100_000)}}}");
        Assert.Equal("config.json: nested more than 64 levels deep", Assert.Throws<ContainerException>(() => SpecReader.Parse(json)).Message);
    }

    /// <summary>A document is read in time proportional to its size, however it is built: the supervisor serves others meanwhile.</summary>
    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void Config_ofNothingButBrackets_isRefusedAtOnce(char bracket)
    {
        var json = new byte[SpecReader.MaxBytes];
        Array.Fill(json, (byte)bracket);
        Assert.Contains("not valid JSON at line 1", Assert.Throws<ContainerException>(() => SpecReader.Parse(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_inAnotherEncoding_isRefused()
    {
        Assert.Contains("UTF-16", Assert.Throws<ContainerException>(() => SpecReader.Parse(Encoding.Unicode.GetPreamble())).Message, StringComparison.Ordinal);
        var latin1 = Encoding.Latin1.GetBytes("{\"hostname\":\"caf\u00e9\"}");
        Assert.Equal("config.json: is not valid UTF-8", Assert.Throws<ContainerException>(() => SpecReader.Parse(latin1)).Message);
    }

    /// <summary>Everything that was read is written; what is written more are defaults.</summary>
    private static void AssertContains(JsonNode expected, JsonNode? actual, string path)
    {
        // Nothing of the model: fields of other platforms and older drafts.
        if (actual is null && (path is ".process.user.username" || path.StartsWith(".linux.resources.memory.", StringComparison.Ordinal))) return;
        Assert.True(actual is not null, $"{path} was lost");
        switch (expected)
        {
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    if (value is not null) AssertContains(value, actual[name], $"{path}.{name}");
                }
                break;
            case JsonArray items:
                Assert.Equal(items.Count, actual.AsArray().Count);
                for (var i = 0; i < items.Count; i++) AssertContains(items[i]!, actual[i], $"{path}[{i}]");
                break;
            default:
                Assert.Equal(expected.ToJsonString(), actual.ToJsonString());
                break;
        }
    }
}
