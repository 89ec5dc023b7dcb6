using Anocir.Actors.Tests.Journal;
using Anocir.Actors.Tests.Scheduling;

namespace Anocir.Actors.Tests;

/// <summary>What this assembly does when a test starts it as a process of its own.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args) => args switch
    {
        ["write-journal", var path] => WritingProcess.Write(path),
        ["idle", var config] => await IdleProcess.IdleAsync(config),
        _ => 64,
    };
}
