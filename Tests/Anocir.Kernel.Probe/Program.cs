using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Processes;
using Anocir.Platform.Syscalls;

namespace Anocir.Kernel.Probe;

/// <summary>
/// Becomes the process of a plan read from a file, as a container's init does: a test cannot do that to itself.
/// Arguments: the plan's file, and "confine" to load the filter apart from the execve.
/// </summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        try
        {
            var plan = ProcessPlan.Read(new WireReader(File.ReadAllBytes(args[0])));
            using var procfs = Sys.Open("/proc", Sys.OPath | Sys.ODirectory);
            using var setup = new ProcessSetup(plan, procfs, static text => Console.Error.WriteLine($"warning: {text}"));
            setup.BeforeReady();
            setup.ApplyCredentials();
            if (args.Length > 1) setup.Confine(Listener);
            var errno = setup.Execute(Listener);
            Console.Error.WriteLine($"error: {setup.DescribeFailure(errno)}");
        }
        catch (Exception e) when (e is ContainerException or SyscallException)
        {
            Console.Error.WriteLine($"error: {e.Message}");
        }

        return 99;
    }

    private static void Listener(int fd) => Console.Out.WriteLine($"listener is open: {fd > 2}");
}
