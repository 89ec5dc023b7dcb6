using Akka.Actor;
using Akka.Event;
using Akka.Hosting;
using Anocir.Actors.Containers;
using Anocir.Actors.Settings;
using Anocir.Platform;
using Anocir.Platform.Cgroups;
using Anocir.Platform.Processes;
using Anocir.Platform.Security;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Systemd;
using Anocir.Platform.Waiting;
using Anocir.Supervisor.Endpoint;
using Microsoft.Extensions.Hosting;

namespace Anocir.Supervisor.Composition;

/// <summary>Puts the supervisor together: configuration, services, the directory of containers, then the endpoint.</summary>
internal static class SupervisorComposition
{
    public static AkkaConfigurationBuilder AddSupervisor(this AkkaConfigurationBuilder akka, SupervisorPlace place, ReadinessNotice ready, IHostApplicationLifetime lifetime) => akka
        .AddHocon(SupervisorConfiguration.Load(place.JournalPath), HoconAddMode.Prepend)
        .ConfigureLoggers(loggers =>
        {
            loggers.ClearLoggers();
            loggers.AddLoggerFactory();
        })
        .WithActors((system, registry) =>
        {
            var settings = SupervisorSettings.Read(system.Settings.Config);
            var reactor = new Reactor();
            var executable = SealedExecutable.Open();
            var containers = system.ActorOf(ContainersActor.Props(Services(system, reactor, executable, settings)), "containers");
            var session = new SessionServices
            {
                Reactor = reactor,
                Containers = containers,
                Namespaces = new OwnNamespaces(),
                OwnUid = Sys.EffectiveUser(),
                Build = executable.Build,
                Documents = RuntimeDocuments.Create(),
                Settings = settings.Socket,
                // The first one of a runtime directory is what everybody calls; the others serve namespaces that may be gone.
                IdleTimeout = place.IsFirst || settings.Lifecycle.IdleTimeout == TimeSpan.Zero ? null : settings.Lifecycle.IdleTimeout,
                Retire = lifetime.StopApplication,
                Forsake = () =>
                {
                    place.Forsake();
                    lifetime.StopApplication();
                },
            };
            var endpoint = system.ActorOf(ListenerActor.Props(place.Listen(settings.Socket.Backlog), session), "endpoint");
            system.ActorOf(FatalWatch.Props([containers, endpoint]), "fatal");
            system.ActorOf(UndeliveredMessages.Props(), "undelivered");
            registry.Register<ContainersActor>(containers);
            ready.Ready();
        });

    private static ContainerServices Services(ActorSystem system, IReactor reactor, SealedExecutable executable, SupervisorSettings settings) => new()
    {
        Reactor = reactor,
        Cgroups = CgroupHost.Detect(),
        Systemd = SystemdManager.ForThisProcess(settings.Cgroups.SystemdTimeout),
        Seccomp = new SeccompCache(),
        Executable = executable.Memory,
        BootId = KernelFile.Read("/proc/sys/kernel/random/boot_id"),
        ProcessHost = ProcessHost.Read(),
        Projection = new StateProjection(Logging.GetLogger(system, typeof(StateProjection))),
        Settings = settings,
        Rootless = Sys.EffectiveUser() != 0 || UserNamespace.IsOurs,
    };
}
