using System.Diagnostics;
using Xunit;

namespace Anocir.Supervisor.Tests.Running;

/// <summary>A call of the command line that has ended.</summary>
internal sealed record Call(string Arguments, int Code, string Output, string Errors, TimeSpan Took)
{
    internal Call Ok()
    {
        Assert.True(Code == 0, $"anocir {Arguments}: exit code {Code}, stderr: {Errors}");
        return this;
    }

    /// <summary>It failed, with one line that says why.</summary>
    internal Call Failed(string because)
    {
        Assert.True(Code != 0, $"anocir {Arguments} succeeded: {Output}");
        Assert.Contains(because, Errors, StringComparison.Ordinal);
        Assert.True(IsClear, $"anocir {Arguments}: not one clear error: {Errors}");
        return this;
    }

    /// <summary>One line, and no stack trace.</summary>
    internal bool IsClear => Errors.Length > 0 && Errors.TrimEnd('\n').Split('\n').Length == 1 && !Errors.Contains("Unhandled", StringComparison.Ordinal);
}

/// <summary>A call of the command line under way. Its output goes to files, which a detached container may go on to hold.</summary>
internal sealed class RunningCall : IDisposable
{
    private readonly string _arguments;
    private readonly string _output;
    private readonly Process _process;
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    internal RunningCall(Process process, string arguments, string output)
    {
        _process = process;
        _arguments = arguments;
        _output = output;
    }

    internal int Pid => _process.Id;

    internal bool HasEnded => _process.HasExited;

    /// <summary>What it has written so far.</summary>
    internal string Output => File.ReadAllText(_output + ".out");

    internal void Kill() => _process.Kill();

    /// <summary>Waits for its end. A call that takes longer than any may is killed, and fails the test.</summary>
    internal Call End(TimeSpan? limit = null)
    {
        var allowed = limit ?? TimeSpan.FromSeconds(60);
        if (!_process.WaitForExit(allowed))
        {
            _process.Kill();
            _process.WaitForExit();
            throw new TimeoutException($"anocir {_arguments} hung for {allowed.TotalSeconds} s; stderr: {File.ReadAllText(_output + ".err")}");
        }

        return new Call(_arguments, _process.ExitCode, File.ReadAllText(_output + ".out"), File.ReadAllText(_output + ".err"), _watch.Elapsed);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
