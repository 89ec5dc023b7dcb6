using System.Reflection;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Anocir.Actors.Containers;
using Anocir.Actors.Serialization;
using Xunit;

namespace Anocir.Actors.Tests.Serialization;

public sealed class ContainerEventSerializerTests() : TestKit(
    ConfigurationFactory.ParseString("akka.loglevel = OFF").WithFallback(Files.Hocon("persistence.conf")).WithFallback(Files.Hocon("supervisor.conf")))
{
    private static readonly string GoldenDirectory = Path.Combine(AppContext.BaseDirectory, "golden-events");

    public static TheoryData<string> GoldenFiles => [.. Directory.GetFiles(GoldenDirectory).Select(path => Path.GetFileName(path)!).Order()];

    private ContainerEventSerializer Serializer => Assert.IsType<ContainerEventSerializer>(Sys.Serialization.FindSerializerForType(typeof(ContainerPaused)));

    [Fact]
    public void Every_event_has_a_manifest_of_its_own()
    {
        var events = typeof(ContainerEvent).Assembly.GetTypes().Where(type => (type.IsSubclassOf(typeof(ContainerEvent)) || type.IsSubclassOf(typeof(DirectoryEvent))) && !type.IsAbstract).ToList();
        Assert.Contains(typeof(ContainerCreating), events);
        Assert.Contains(typeof(DirectoryCompacted), events);
        Assert.Equal([], events.Where(type => !type.IsSealed));
        Assert.Equal([], events.Where(type => !EventManifests.ByType.ContainsKey(type)));
        Assert.Equal(EventManifests.ByType.Count, EventManifests.ByManifest.Count);
        Assert.All(EventManifests.ByManifest.Keys, manifest => Assert.Matches("^[a-z]+(-[a-z]+)*\\.[1-9][0-9]*$", manifest));
    }

    [Fact]
    public void Every_event_is_bound_to_this_serializer_by_the_file()
    {
        Assert.All(EventManifests.ByType.Keys, type => Assert.IsType<ContainerEventSerializer>(Sys.Serialization.FindSerializerForType(type)));
        Assert.Equal(7301, Serializer.Identifier);
    }

    [Fact]
    public void Every_manifest_has_a_golden_file() =>
        Assert.Equal([], EventManifests.ByManifest.Keys.Where(manifest => !File.Exists(Path.Combine(GoldenDirectory, manifest + ".json"))));

    [Theory]
    [MemberData(nameof(GoldenFiles))]
    public void Golden_file_is_read_and_written_the_same(string file)
    {
        var manifest = Path.GetFileNameWithoutExtension(file);
        var json = File.ReadAllText(Path.Combine(GoldenDirectory, file)).TrimEnd('\n');
        var e = Serializer.FromBinary(Encoding.UTF8.GetBytes(json), manifest);
        Assert.Equal(manifest, Serializer.Manifest(e));
        Assert.Equal(json, Encoding.UTF8.GetString(Serializer.ToBinary(e)));
    }

    [Theory]
    [MemberData(nameof(GoldenFiles))]
    public void Golden_file_sets_every_property(string file)
    {
        // A property that no golden file holds could be renamed without a test noticing it.
        var e = Serializer.FromBinary(File.ReadAllBytes(Path.Combine(GoldenDirectory, file)), Path.GetFileNameWithoutExtension(file));
        Assert.Equal([], e.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetValue(e) is null or "" or false or 0)
            .Select(property => property.Name));
    }

    [Fact]
    public void Event_with_lists_and_config_comes_back_whole()
    {
        var creating = new ContainerCreating
        {
            At = new DateTimeOffset(2025, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
            Root = "/run/anocir",
            Id = "é",
            Operation = "op",
            Bundle = "/b",
            Rootfs = "/b/rootfs",
            Config = "{\"ociVersion\":\"1.3.0\",\n\"hostname\":\"<a&b>'\"}",
            CgroupDirectories = ["/a", "/b"],
            CgroupDirectoriesToRemove = [],
            BootId = "boot",
            OwnerUid = uint.MaxValue,
            HasProcess = true,
            OwnPidNamespace = false,
        };
        var bytes = Serializer.ToBinary(creating);
        var back = Assert.IsType<ContainerCreating>(Serializer.FromBinary(bytes, "container-creating.1"));
        Assert.Equal(creating.Config, back.Config);
        Assert.Equal(creating.CgroupDirectories, back.CgroupDirectories);
        Assert.Equal(
            creating with
            {
                CgroupDirectories = back.CgroupDirectories,
                CgroupDirectoriesToRemove = back.CgroupDirectoriesToRemove,
                ResctrlDirectoriesToRemove = back.ResctrlDirectoriesToRemove,
            },
            back);
        Assert.DoesNotContain("\\u0022", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("container-melted.1", "{}", "no event is called \"container-melted.1\"")]
    [InlineData("container-created.2", "{}", "no event is called \"container-created.2\"")]
    [InlineData("", "{}", "no event is called \"\"")]
    [InlineData("container-created.1", "{}", "at")]
    [InlineData("container-created.1", "{\"at\":\"2025-01-02T03:04:05Z\"", "container-created.1: ")]
    [InlineData("container-created.1", "null", "container-created.1: null")]
    [InlineData("init-spawned.1", "{\"at\":\"2025-01-02T03:04:05Z\",\"pid\":1,\"pid\":2,\"startTime\":3}", "init-spawned.1: ")]
    [InlineData("container-deleted.1", "{\"at\":\"2025-01-02T03:04:05Z\",\"operation\":null}", "container-deleted.1: ")]
    public void What_is_no_event_is_refused_with_its_manifest(string manifest, string json, string reason)
    {
        var failure = Assert.Throws<SerializationException>(() => Serializer.FromBinary(Encoding.UTF8.GetBytes(json), manifest));
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Property_of_a_later_version_is_ignored() =>
        Assert.IsType<ContainerPaused>(Serializer.FromBinary("{\"at\":\"2025-01-02T03:04:05Z\",\"by\":\"me\"}"u8.ToArray(), "container-paused.1"));

    [Fact]
    public void Optional_property_that_an_earlier_version_did_not_write_has_its_default()
    {
        const string earlier = """
            {"root":"/r","id":"c","operation":"o","bundle":"/b","rootfs":"/b/rootfs","config":"{}","cgroupDirectories":[],"cgroupDirectoriesToRemove":[],"bootId":"b","ownerUid":0,"hasProcess":true,"ownPidNamespace":true,"at":"2025-01-02T03:04:05Z"}
            """;
        var creating = Assert.IsType<ContainerCreating>(Serializer.FromBinary(Encoding.UTF8.GetBytes(earlier), "container-creating.1"));
        Assert.Null(creating.Hooks);
        Assert.Null(creating.Annotations);
        const string hook = """{"kind":"prestart","index":0,"path":"/h","milliseconds":1,"at":"2025-01-02T03:04:05Z"}""";
        Assert.Equal("", Assert.IsType<HookRan>(Serializer.FromBinary(Encoding.UTF8.GetBytes(hook), "hook-ran.1")).Output);
        const string opened = """{"root":"/r","id":"c","persistenceId":"p","at":"2025-01-02T03:04:05Z"}""";
        Assert.Equal("", Assert.IsType<IncarnationOpened>(Serializer.FromBinary(Encoding.UTF8.GetBytes(opened), "incarnation-opened.1")).Operation);
        const string compacted = """{"incarnations":[{"root":"/r","id":"c","persistenceId":"p"}],"sequenceNr":1,"at":"2025-01-02T03:04:05Z"}""";
        Assert.Equal("", Assert.IsType<DirectoryCompacted>(Serializer.FromBinary(Encoding.UTF8.GetBytes(compacted), "directory-compacted.1")).Incarnations[0].CreatedBy);
    }

    [Fact]
    public void Type_without_a_row_is_refused()
    {
        Assert.Throws<SerializationException>(() => Serializer.Manifest("text"));
        Assert.Throws<SerializationException>(() => Serializer.ToBinary("text"));
    }

    [Fact]
    public void Type_without_a_binding_is_refused() =>
        Assert.Throws<SerializationException>(() => Sys.Serialization.FindSerializerFor(new Unbound("a")));

    private sealed record Unbound(string Text);
}
