using Akka.Configuration;
using Anocir.Actors.Hooks;

namespace Anocir.Actors.Settings;

/// <summary>What an operator can tune of the supervisor: the section <c>anocir</c> of HOCON. The defaults are in HOCON/supervisor.conf, none is in code.</summary>
public sealed record SupervisorSettings
{
    public required HistorySettings History { get; init; }
    public required HookLimits Hooks { get; init; }
    public required SocketSettings Socket { get; init; }
    public required LifecycleSettings Lifecycle { get; init; }
    public required CgroupSettings Cgroups { get; init; }

    /// <param name="config">The whole configuration, with the section <c>anocir</c> in it.</param>
    /// <exception cref="ConfigurationException">Names a key that is missing or out of its bounds.</exception>
    public static SupervisorSettings Read(Config config) => Read(new SettingsReader(config));

    internal static SupervisorSettings Read(SettingsReader reader) => new()
    {
        History = new HistorySettings
        {
            MaxContainers = reader.Integer("anocir.history.max-containers", 0, 1_000_000),
            MaxAge = reader.Time("anocir.history.max-age"),
        },
        Hooks = new HookLimits(
            reader.Time("anocir.hooks.default-timeout"),
            reader.Bytes("anocir.hooks.output-limit", 0, 16 << 20)),
        Socket = new SocketSettings
        {
            Backlog = reader.Integer("anocir.socket.backlog", 1, 65535),
            MaxConnections = reader.Integer("anocir.socket.max-connections", 1, 1_000_000),
            MaxFrameBytes = reader.Bytes("anocir.socket.max-frame-bytes", 4096, 256 << 20),
            // SCM_MAX_FD of the kernel is 253.
            MaxFrameDescriptors = reader.Integer("anocir.socket.max-frame-descriptors", 3, 253),
            RequestTimeout = reader.Time("anocir.socket.request-timeout"),
        },
        Lifecycle = new LifecycleSettings
        {
            AskTimeout = reader.Time("anocir.lifecycle.ask-timeout"),
            CreateTimeout = reader.Time("anocir.lifecycle.create-timeout"),
            RecoveryTimeout = reader.Time("anocir.lifecycle.recovery-timeout"),
            StashCapacity = reader.Integer("anocir.lifecycle.stash-capacity", 1, 1_000_000),
        },
        Cgroups = new CgroupSettings
        {
            KillTimeout = reader.Time("anocir.cgroups.kill-timeout"),
            RemoveTimeout = reader.Time("anocir.cgroups.remove-timeout"),
            FreezeTimeout = reader.Time("anocir.cgroups.freeze-timeout"),
            SystemdTimeout = reader.Time("anocir.cgroups.systemd-timeout"),
        },
    };
}
