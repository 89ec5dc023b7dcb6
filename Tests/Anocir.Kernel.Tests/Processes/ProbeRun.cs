using System.Diagnostics;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Anocir.Platform.Processes;
using Anocir.Platform.Security;
using Xunit;
using OciProcess = Anocir.Platform.Oci.Process;
using Process = System.Diagnostics.Process;

namespace Anocir.Kernel.Tests.Processes;

/// <summary>One run of the probe: a plan carried out in a process of its own, and what that printed.</summary>
internal sealed record ProbeRun(int ExitCode, string Output, string Errors)
{
    private const string SearchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Root, all capabilities left alone, in /; the arguments run by the shell.</summary>
    internal static OciProcess Shell(string script) => new() { Args = ["sh", "-c", script], Cwd = "/", Env = [SearchPath] };

    internal static OciProcess Program(params string[] args) => new() { Args = args, Cwd = "/", Env = [SearchPath] };

    internal static ProbeRun Of(OciProcess process, Linux? linux = null, string[]? under = null, bool confine = false, Func<ProcessPlan, ProcessPlan>? change = null)
    {
        RequireRoot();
        var plan = ProcessPlanner.Plan(process, linux, new ProcessPlanOptions
        {
            ContainerId = "anocir-probe",
            Host = ProcessHost.Read(),
            NewKeyring = false,
            Seccomp = linux?.Seccomp is { } seccomp ? SeccompCompiler.Compile(seccomp) : null,
        });
        var file = Path.GetTempFileName();
        try
        {
            var writer = new WireWriter();
            (change?.Invoke(plan) ?? plan).Write(writer);
            File.WriteAllBytes(file, writer.Written);
            return Run([.. under ?? [], .. Probe, file, .. confine ? (string[])["confine"] : []]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The value of a line of /proc/PID/status in the output.</summary>
    internal string Status(string field)
    {
        var line = Output.Split('\n').FirstOrDefault(l => l.StartsWith(field + ":", StringComparison.Ordinal));
        Assert.True(line is not null, $"no {field} in the output: {Output}\n{Errors}");
        return string.Join(' ', line[(field.Length + 1)..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The output of a program that ended well.</summary>
    internal string Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit {ExitCode}: {Errors}\n{Output}");
        return Output.TrimEnd('\n');
    }

    internal static void RequireRoot() => Skip.IfNot(System.Environment.UserName == "root", "changing credentials takes root");

    internal static string[] Probe => ["dotnet", Path.Combine(AppContext.BaseDirectory, "Anocir.Kernel.Probe.dll")];

    private static ProbeRun Run(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(60)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{string.Join(' ', command)} did not end");
        }

        return new ProbeRun(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }
}
