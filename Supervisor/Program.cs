using Akka.Hosting;
using Anocir.Platform;
using Anocir.Platform.Syscalls;
using Anocir.Supervisor.Composition;
using Anocir.Supervisor.Endpoint;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Anocir.Supervisor;

/// <summary>
/// The supervisor: <c>anocir-supervisor [--name=NAME]</c>. NAME tells it from the first one of the runtime directory, where it serves
/// other namespaces. Descriptor 3, if it is a socket, is told when callers may connect; from systemd it is the listener (LISTEN_FDS).
/// </summary>
internal static class Program
{
    private const string Usage =
        """
        NAME:
           anocir-supervisor - owns the containers of anocir

        USAGE:
           anocir-supervisor [--name NAME]

        anocir starts it when it is not there. It serves until SIGTERM; stopping it stops no container.

        OPTIONS:
           --name NAME    tells it from the first supervisor of the same runtime directory
           --help, -h     show help
           --version, -v  print the version

        ENVIRONMENT:
           ANOCIR_RUNTIME_DIR  directory of socket, journal, log and pid file (default is /run/anocir)
           ANOCIR_CONFIG       configuration file (default is /etc/anocir/anocir.conf)
        """;

    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case []:
            case ["--name", _]:
            case [{ } one] when one.StartsWith("--name=", StringComparison.Ordinal):
                return Serve(arguments.Length == 0 ? "" : arguments[^1].Replace("--name=", "", StringComparison.Ordinal));
            case ["--help" or "-h"]:
                Console.Out.WriteLine(Usage);
                return 0;
            case ["--version" or "-v"]:
                Console.Out.WriteLine($"anocir-supervisor {Build.Version}\ncommit: {Build.Commit}");
                return 0;
            default:
                Console.Error.WriteLine($"anocir-supervisor: unknown arguments: {string.Join(' ', arguments)}\n\n{Usage}");
                return 1;
        }
    }

    private static int Serve(string name)
    {
        using var ready = ReadinessNotice.FromStarter();
        try
        {
            using var place = SupervisorPlace.Take(name);
            Detachment.LeaveCaller();
            // System.Text.Json's and Akka's first use is what a cold start waits for; configuration files do not change under us.
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { Args = [], ContentRootPath = "/" });
            builder.Logging.AddSimpleConsole(o =>
            {
                o.SingleLine = true;
                o.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                o.UseUtcTimestamp = true;
            });
            builder.Logging.SetMinimumLevel(LogLevel.Information);
            builder.Services.AddAkka("anocir", (akka, provider) => akka.AddSupervisor(place, ready, provider.GetRequiredService<IHostApplicationLifetime>()));
            builder.Build().Run();
            return 0;
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            ready.Failed(e.Message);
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }
}
