using Akka.Actor;
using Akka.Configuration;
using Anocir.Actors.Containers;
using Anocir.Actors.Journal;
using Anocir.Actors.Serialization;
using BenchmarkDotNet.Attributes;

namespace Anocir.Benchmarks;

/// <summary>An event as JSON, and in the embedded journal: the small ones of every step, and the one that holds config.json.</summary>
[MemoryDiagnoser]
public class JournalBenchmarks
{
    private readonly string _directory = Directory.CreateTempSubdirectory("anocir-benchmark-").FullName;
    private ActorSystem _system = null!;
    private ContainerEventSerializer _serializer = null!;
    private EventStore _store = null!;
    private byte[] _smallBytes = null!;
    private byte[] _largeBytes = null!;
    private long _sequence;

    private readonly InitSpawned _small = new() { At = DateTimeOffset.UnixEpoch, Pid = 4711, StartTime = 123456 };

    private readonly ContainerCreating _large = new()
    {
        At = DateTimeOffset.UnixEpoch,
        Root = "/run/anocir/containers",
        Id = "c1",
        Operation = "0",
        Bundle = "/run/bundle",
        Rootfs = "/run/bundle/rootfs",
        Config = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docker-hello.json")),
        CgroupDirectories = ["/sys/fs/cgroup/c1"],
        CgroupDirectoriesToRemove = ["/sys/fs/cgroup/c1"],
        BootId = "0",
        OwnerUid = 0,
        HasProcess = true,
        OwnPidNamespace = true,
    };

    [GlobalSetup]
    public void Open()
    {
        _system = ActorSystem.Create("benchmark");
        _serializer = new ContainerEventSerializer((ExtendedActorSystem)_system);
        var defaults = ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "HOCON", "persistence.conf")));
        _store = EventStore.Open(JournalSettings.Read(JournalSettings.At(Path.Combine(_directory, "journal.db")).WithFallback(defaults).GetConfig(JournalSettings.ConfigPath)));
        (_smallBytes, _largeBytes) = (SerializeSmall(), SerializeWithConfig());
    }

    [GlobalCleanup]
    public void Close()
    {
        _store.Dispose();
        _system.Terminate().Wait(TimeSpan.FromSeconds(10));
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark]
    public byte[] SerializeSmall() => _serializer.ToBinary(_small);

    [Benchmark]
    public byte[] SerializeWithConfig() => _serializer.ToBinary(_large);

    /// <summary>One transaction, as each event is.</summary>
    [Benchmark]
    public void AppendSmall() => Append("init-spawned.1", _smallBytes);

    [Benchmark]
    public void AppendWithConfig() => Append("container-creating.1", _largeBytes);

    private void Append(string manifest, byte[] payload) =>
        _store.Append([new StoredEvent("container-benchmark", ++_sequence, DateTime.UnixEpoch.Ticks, _serializer.Identifier, manifest, "", "", payload)]);
}
