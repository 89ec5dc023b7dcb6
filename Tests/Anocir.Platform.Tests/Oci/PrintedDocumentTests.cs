using System.Text.Json.Nodes;
using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Platform.Tests.Oci;

/// <summary>What state, list, spec and features print, against what runc 1.1.5 printed.</summary>
public sealed class PrintedDocumentTests
{
    private static readonly StateDocument Container = new()
    {
        Id = "oci-probe-a-rather-long-name",
        Pid = 4420,
        Status = "created",
        Bundle = "/tmp/oci-spec/l",
        Rootfs = "/tmp/oci-spec/l/rootfs",
        Created = new DateTimeOffset(2026, 11, 23, 20, 50, 56, TimeSpan.FromHours(1)).AddTicks(9177450),
        Annotations = new Dictionary<string, string> { ["a.b"] = "<x>&y" },
    };

    [Fact]
    public void State_ofAContainer_isPrintedAsRuncDoes()
    {
        const string Expected = """
            {
              "ociVersion": "1.3.0",
              "id": "oci-probe-a-rather-long-name",
              "pid": 4420,
              "status": "created",
              "bundle": "/tmp/oci-spec/l",
              "rootfs": "/tmp/oci-spec/l/rootfs",
              "created": "2026-11-23T19:50:56.917745Z",
              "annotations": {
                "a.b": "<x>&y"
              },
              "owner": ""
            }
            """;
        Assert.Equal(Expected, Container.ToJson());
    }

    [Fact]
    public void State_onceStopped_hasNoPid_andWithoutAnnotationsNone()
    {
        var state = Container with { Status = "stopped", Annotations = new Dictionary<string, string>(), Created = DateTimeOffset.UnixEpoch };
        var json = JsonNode.Parse(state.ToJson())!.AsObject();
        Assert.Equal(0, json["pid"]!.GetValue<int>());
        Assert.False(json.ContainsKey("annotations"));
        Assert.Equal("1970-01-01T00:00:00Z", json["created"]!.GetValue<string>());
    }

    [Fact]
    public void Table_ofNoContainers_isTheHeader() =>
        Assert.Equal("ID          PID         STATUS      BUNDLE      CREATED     OWNER\n", ContainerList.ToTable([]));

    [Fact]
    public void Table_ofContainers_isAlignedAsRuncDoes()
    {
        const string Expected =
            "ID                             PID         STATUS      BUNDLE            CREATED                       OWNER\n" +
            "oci-probe-a-rather-long-name   4420        created     /tmp/oci-spec/l   2026-11-23T19:50:56.917745Z   root\n" +
            "b                              0           stopped     /b\u00e9               1970-01-01T00:00:00Z          #1000\n";
        var other = Container with { Id = "b", Status = "stopped", Bundle = "/b\u00e9", Created = DateTimeOffset.UnixEpoch, Owner = "#1000" };
        Assert.Equal(Expected, ContainerList.ToTable([Container with { Owner = "root" }, other]));
    }

    [Fact]
    public void List_asJson_isOneLine_andNullWhenEmpty()
    {
        Assert.Equal("null\n", ContainerList.ToJson([]));
        var json = ContainerList.ToJson([Container with { Owner = "root", Annotations = null }]);
        Assert.Equal(
            """[{"ociVersion":"1.3.0","id":"oci-probe-a-rather-long-name","pid":4420,"status":"created","bundle":"/tmp/oci-spec/l","rootfs":"/tmp/oci-spec/l/rootfs","created":"2026-11-23T19:50:56.917745Z","owner":"root"}]""" + "\n",
            json);
        Assert.Equal("oci-probe-a-rather-long-name\n", ContainerList.ToIds([Container]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void DefaultSpec_isAccepted_andReadsBackAsItWas(bool rootless)
    {
        var spec = DefaultSpec.Create(rootless, 1000, 1000, cgroupNamespace: true);
        var json = DefaultSpec.ToJson(spec);
        var options = new ValidationOptions { Rootless = rootless, RequireProcess = true };
        Assert.Empty(SpecValidator.Validate(SpecReader.Parse(System.Text.Encoding.UTF8.GetBytes(json)), options));
        Assert.Equal(json, DefaultSpec.ToJson(SpecReader.Parse(System.Text.Encoding.UTF8.GetBytes(json))));
    }

    [Theory]
    [InlineData(false, "runc-spec.json")]
    [InlineData(true, "runc-spec-rootless.json")]
    public void DefaultSpec_isWhatRuncWrites_butForNameVersionAndAmbientCapabilities(bool rootless, string file)
    {
        var expected = System.Text.Encoding.UTF8.GetString(TestData.Read(file))
            .Replace("\"1.0.2-dev\"", "\"1.3.0\"", StringComparison.Ordinal)
            .Replace("\"runc\"", "\"anocir\"", StringComparison.Ordinal);
        Assert.Equal(expected, DefaultSpec.ToJson(DefaultSpec.Create(rootless)));
    }

    [Fact]
    public void Features_ofThisBuild_advertiseWhatTheParsersKnow()
    {
        var features = FeaturesDocument.Create(new FeatureFacts { Version = "0.1.0", Commit = "abc", LibseccompVersion = "2.5.4" });
        var json = JsonNode.Parse(features.ToJson())!;
        Assert.Equal("1.0.0", json["ociVersionMin"]!.GetValue<string>());
        Assert.Equal("1.3.0", json["ociVersionMax"]!.GetValue<string>());
        Assert.Equal(["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"], Strings(json["hooks"]));
        Assert.Contains("rro", Strings(json["mountOptions"]));
        Assert.Equal(8, Strings(json["linux"]!["namespaces"]).Length);
        Assert.Equal(41, Strings(json["linux"]!["capabilities"]).Length);
        Assert.Equal("CAP_CHOWN", Strings(json["linux"]!["capabilities"])[0]);
        Assert.True(json["linux"]!["mountExtensions"]!["idmap"]!["enabled"]!.GetValue<bool>());
        Assert.True(json["linux"]!["cgroup"]!["v2"]!.GetValue<bool>());
        Assert.Contains("SCMP_ACT_NOTIFY", Strings(json["linux"]!["seccomp"]!["actions"]));
        Assert.Equal("2.5.4", json["annotations"]!["io.github.seccomp.libseccomp.version"]!.GetValue<string>());
        Assert.Equal("{\n    \"ociVersionMin\": \"1.0.0\",\n", features.ToJson()[..32]);
        Assert.EndsWith("}\n", features.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void Features_ofAnotherTable_advertiseThatTable()
    {
        var features = FeaturesDocument.Create(new FeatureFacts { Version = "0.1.0", MountOptions = ["rw", "ro"], SeccompArchitectures = [], Checkpoint = false, Selinux = false });
        Assert.Equal(["ro", "rw"], features.MountOptions);
        Assert.Empty(features.Linux!.Seccomp!.Archs!);
        Assert.False(features.Linux.Selinux!.Enabled);
        Assert.Equal("false", features.Annotations!["org.opencontainers.runc.checkpoint.enabled"]);
        Assert.False(features.Annotations.ContainsKey("anocir.commit"));
    }

    /// <summary>features.md: whatever is listed must be accepted by the parser.</summary>
    [Fact]
    public void Features_ofRunc_readIntoTheModel()
    {
        var features = System.Text.Json.JsonSerializer.Deserialize(TestData.Read("oci-schema-tests/features/good/runc.json"), OciJson.Default.Features)!;
        Assert.All(features.Linux!.Capabilities!, name => Assert.True(Vocabulary.Capabilities.Contains(name), name));
        Assert.All(features.Linux.Seccomp!.Archs!, name => Assert.True(Vocabulary.SeccompArchitectures.Contains(name), name));
        Assert.All(features.MountOptions!.Except(["acl", "noacl"]), name => Assert.True(Vocabulary.MountOptions.Contains(name), name));
        Assert.Throws<System.Text.Json.JsonException>(() =>
            System.Text.Json.JsonSerializer.Deserialize(TestData.Read("oci-schema-tests/features/bad/missing-ociVersionMax.json"), OciJson.Default.Features));
    }

    private static string[] Strings(JsonNode? array) => [.. array!.AsArray().Select(item => item!.GetValue<string>())];
}
