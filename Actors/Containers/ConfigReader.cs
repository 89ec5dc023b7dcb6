using Akka.Actor;
using Akka.Persistence;

namespace Anocir.Actors.Containers;

/// <summary>Reads a container's configuration back from its first event, tells its parent, and ends. It stores nothing.</summary>
internal sealed class ConfigReader : UntypedPersistentActor
{
    private string? _config;

    public ConfigReader(string persistenceId) => PersistenceId = persistenceId;

    public override string PersistenceId { get; }

    public static Props Props(string persistenceId) => Akka.Actor.Props.Create<ConfigReader>(persistenceId);

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case ContainerCreating e:
                _config = e.Config;
                break;
            case RecoveryCompleted when _config is not null:
                Context.Parent.Tell(new ConfigRead(_config));
                break;
            case RecoveryCompleted:
                Context.Stop(Self);
                break;
        }
    }

    protected override void OnCommand(object message) => Unhandled(message);

    /// <summary>config.json as it was at the creation.</summary>
    public sealed record ConfigRead(string Config);
}
