using Akka.Configuration;
using Anocir.Actors.Hooks;
using Anocir.Platform.Ipc;

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
            MaxFrameBytes = reader.Bytes("anocir.socket.max-frame-bytes", 4096, Channel.BodyLimit),
            // SCM_MAX_FD of the kernel is 253; the body of a long frame takes one.
            MaxFrameDescriptors = reader.Integer("anocir.socket.max-frame-descriptors", 4, Channel.MaxDescriptors),
            RequestTimeout = reader.Time("anocir.socket.request-timeout"),
        },
        Lifecycle = new LifecycleSettings
        {
            CreateTimeout = reader.Time("anocir.lifecycle.create-timeout"),
            StashCapacity = reader.Integer("anocir.lifecycle.stash-capacity", 1, 1_000_000),
            IdleTimeout = reader.Time("anocir.lifecycle.idle-timeout"),
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
