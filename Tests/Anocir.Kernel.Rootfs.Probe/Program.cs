using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Anocir.Platform.Rootfs;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Terminals;

namespace Anocir.Kernel.Rootfs.Probe;

/// <summary>
/// Stands for a container's init in the tests of the root filesystem: reads a plan, carries it out in the namespaces it was
/// started in, and executes a command. <c>probe PLAN [--time] [--source=INDEX=FD] COMMAND...</c>; failure is exit 125 and one line on stderr.
/// </summary>
internal static partial class Program
{
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int execve(string path, nint[] arguments, nint[] environment);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int dup2(int from, int to);

    private static int Main(string[] args)
    {
        var options = args.Skip(1).TakeWhile(static a => a.StartsWith("--", StringComparison.Ordinal)).ToArray();
        var timed = options.Contains("--time");
        var command = args[(1 + options.Length)..];
        // Later the assemblies of the host are out of reach.
        if (RuntimeFeature.IsDynamicCodeSupported) LoadReferences(typeof(Program).Assembly, []);
        try
        {
            var plan = ReadPlan(args[0]);
            Run(plan, Sources(options), timed);
            Execute(command);
            return 125;
        }
        catch (SyscallException e)
        {
            Console.Error.WriteLine(e.Message);
            return 125;
        }
        catch (ContainerException e)
        {
            Console.Error.WriteLine(e.Message);
            return 125;
        }
    }

    /// <summary>A plan as the wire has it, or (for measurements by hand) the plan of a config.json.</summary>
    private static RootfsPlan ReadPlan(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (!path.EndsWith(".json", StringComparison.Ordinal)) return RootfsPlan.Read(new WireReader(bytes));
        var spec = JsonSerializer.Deserialize(bytes, OciJson.Default.Spec) ?? throw new ContainerException($"{path} is empty");
        return RootfsPlanner.Plan(spec, Path.GetDirectoryName(Path.GetFullPath(path))!, new RootfsHostFacts());
    }

    private static RootfsHandles Sources(string[] options) => new()
    {
        Sources = options.Where(static o => o.StartsWith("--source=", StringComparison.Ordinal)).Select(static o => o.Split('='))
            .ToDictionary(static o => int.Parse(o[1], null), static o => new FdHandle(int.Parse(o[2], null))),
    };

    private static void Run(RootfsPlan plan, RootfsHandles handles, bool timed)
    {
        var builder = new RootfsBuilder(plan, handles);
        var start = Stopwatch.GetTimestamp();
        builder.Prepare();
        var prepared = Stopwatch.GetTimestamp();
        builder.Enter();
        var entered = Stopwatch.GetTimestamp();
        if (plan.Console)
        {
            var pty = builder.OpenConsole(0, new WindowSize(33, 77));
            builder.Finish();
            pty.TakeOver();
            // The command reads back from descriptor 9 what was written to the terminal.
            _ = dup2(pty.Master.Value, 9);
            return;
        }

        builder.Finish();
        var finished = Stopwatch.GetTimestamp();
        builder.Dispose();
        var disposed = Stopwatch.GetTimestamp();
        if (timed)
        {
            Console.WriteLine(string.Create(null, $"prepare {Microseconds(start, prepared)} enter {Microseconds(prepared, entered)} finish {Microseconds(entered, finished)} dispose {Microseconds(finished, disposed)} us"));
        }
    }

    private static long Microseconds(long from, long to) => (long)Stopwatch.GetElapsedTime(from, to).TotalMicroseconds;

    private static void Execute(string[] command)
    {
        nint[] arguments = [.. command.Select(Marshal.StringToCoTaskMemUTF8), 0];
        nint[] environment = [Marshal.StringToCoTaskMemUTF8("PATH=/bin:/usr/bin"), 0];
        _ = execve(command[0], arguments, environment);
        throw new SyscallException($"execve {command[0]}", Marshal.GetLastPInvokeError());
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Compiled ahead of time it is not called.")]
    private static void LoadReferences(Assembly assembly, HashSet<string> seen)
    {
        foreach (var reference in assembly.GetReferencedAssemblies())
            if (seen.Add(reference.FullName)) LoadReferences(Assembly.Load(reference), seen);
    }
}
