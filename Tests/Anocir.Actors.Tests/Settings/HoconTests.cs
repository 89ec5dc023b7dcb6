using Akka.Actor;
using Akka.Configuration;
using Anocir.Actors.Settings;
using Xunit;

namespace Anocir.Actors.Tests.Settings;

/// <summary>The files of HOCON/ hold every default, and nothing that nobody reads.</summary>
public sealed class HoconTests
{
    private static readonly Config Supervisor = Files.Hocon("supervisor.conf");

    [Fact]
    public void Settings_are_read_from_the_file()
    {
        var settings = SupervisorSettings.Read(Supervisor);
        Assert.Equal(1000, settings.History.MaxContainers);
        Assert.Equal(TimeSpan.FromDays(7), settings.History.MaxAge);
        Assert.Equal(TimeSpan.FromMinutes(10), settings.Hooks.DefaultTimeout);
        Assert.Equal(16384, settings.Hooks.OutputLimit);
        Assert.Equal(4 << 20, settings.Socket.MaxFrameBytes);
    }

    [Fact]
    public void Operator_file_wins_over_the_defaults()
    {
        var settings = SupervisorSettings.Read(ConfigurationFactory.ParseString("anocir.history { max-containers = 5 }").WithFallback(Supervisor));
        Assert.Equal(5, settings.History.MaxContainers);
        Assert.Equal(TimeSpan.FromDays(7), settings.History.MaxAge);
    }

    [Fact]
    public void Keys_of_the_file_are_the_keys_that_are_read()
    {
        var reader = new SettingsReader(Supervisor);
        SupervisorSettings.Read(reader);
        // Dispatchers are read by Akka, by their path.
        var inFile = Leaves(Supervisor.GetConfig("anocir"), "anocir").Where(key => !key.StartsWith("anocir.dispatchers.", StringComparison.Ordinal));
        Assert.Equal(inFile.Order(), reader.Keys.Order());
    }

    [Theory]
    [InlineData("anocir.socket.max-frame-descriptors = 254", "anocir.socket.max-frame-descriptors is 254, not within 4 to 252")]
    [InlineData("anocir.socket.backlog = 0", "anocir.socket.backlog is 0, not within 1 to 65535")]
    [InlineData("anocir.hooks.output-limit = 17 MiB", "anocir.hooks.output-limit is 17825792, not within 0 to 16777216")]
    public void Value_out_of_bounds_is_refused_by_name(string line, string message) =>
        Assert.Equal(message, Assert.Throws<ConfigurationException>(() => SupervisorSettings.Read(ConfigurationFactory.ParseString(line).WithFallback(Supervisor))).Message);

    [Fact]
    public void Key_that_is_missing_is_refused_by_name() =>
        Assert.Contains("anocir.history.max-containers is not set", Assert.Throws<ConfigurationException>(() => SupervisorSettings.Read(ConfigurationFactory.ParseString("anocir {}"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("supervisor.conf")]
    [InlineData("persistence.conf")]
    [InlineData("remoting.conf")]
    public void Every_key_is_commented_or_belongs_to_a_commented_section(string file)
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "HOCON", file));
        var commented = 0;
        var keys = 0;
        for (var i = 1; i < lines.Length; i++)
        {
            if (!lines[i].Contains('=', StringComparison.Ordinal) || lines[i].TrimStart().StartsWith('#')) continue;
            keys++;
            if (lines[i - 1].TrimStart().StartsWith('#')) commented++;
            // anocir's own keys have no other documentation.
            else Assert.False(file == "supervisor.conf" && Array.IndexOf(lines, "akka {") > i && !lines[i].Contains("type = ", StringComparison.Ordinal), lines[i]);
        }

        Assert.InRange(commented, keys / 2, keys);
    }

    [Fact]
    public async Task System_starts_with_all_files_and_uses_what_they_say()
    {
        var directory = Files.NewDirectory();
        try
        {
            var config = Anocir.Actors.Journal.JournalSettings.At(Path.Combine(directory.FullName, "journal.db"))
                .WithFallback("akka.loglevel = OFF").WithFallback(Files.Hocon("persistence.conf")).WithFallback(Supervisor);
            var system = ActorSystem.Create("anocir", config);
            try
            {
                Assert.IsType<Anocir.Actors.Scheduling.TimerScheduler>(system.Scheduler);
                Assert.Equal(TimeSpan.FromSeconds(30), system.Settings.AskTimeout);
                Assert.Equal("anocir.dispatchers.journal", system.Dispatchers.Lookup("anocir.dispatchers.journal").Id);
                Akka.Persistence.Persistence.Instance.Apply(system);
                Assert.Equal("fail", system.Settings.Config.GetString("akka.persistence.journal.anocir.replay-filter.mode"));
            }
            finally
            {
                await system.Terminate();
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void Remoting_is_closed_to_others_when_it_is_included()
    {
        var config = Files.Hocon("remoting.conf");
        Assert.Equal("127.0.0.1", config.GetString("akka.remote.dot-netty.tcp.hostname"));
        Assert.True(config.GetBoolean("akka.remote.untrusted-mode"));
        Assert.False(Supervisor.HasPath("akka.remote"));
        Assert.False(Files.Hocon("persistence.conf").HasPath("akka.remote"));
    }

    private static IEnumerable<string> Leaves(Config config, string path) =>
        config.AsEnumerable().SelectMany(pair => pair.Value.IsObject() ? Leaves(config.GetConfig(pair.Key), $"{path}.{pair.Key}") : [$"{path}.{pair.Key}"]);
}
