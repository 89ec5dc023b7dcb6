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
/// other namespaces. Descriptor 3, if it is a socket, is told when callers may connect.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        var name = arguments.FirstOrDefault(a => a.StartsWith("--name=", StringComparison.Ordinal))?["--name=".Length..] ?? "";
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
