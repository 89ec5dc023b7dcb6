using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Anocir.Actors.Containers;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Actors.Tests.Architecture;

/// <summary>The rules that hold for all of the source: who may know whom, and what an actor does not do.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string Repository = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../.."));

    [Fact]
    public void Platform_knows_no_actors() =>
        Assert.DoesNotContain(typeof(Sys).Assembly.GetReferencedAssemblies(), a => a.Name!.StartsWith("Akka", StringComparison.Ordinal) || a.Name == "Anocir.Actors");

    [Fact]
    public void Actors_do_not_know_the_supervisor() =>
        Assert.DoesNotContain(typeof(ContainerActor).Assembly.GetReferencedAssemblies(), a => a.Name is "anocir-supervisor" or "Anocir.Supervisor" or "anocir" || a.Name!.StartsWith("Akka.Hosting", StringComparison.Ordinal));

    [Theory]
    [InlineData("Platform", "")]
    [InlineData("Cli", "Platform")]
    [InlineData("Actors", "Platform")]
    [InlineData("Supervisor", "Actors")]
    public void Project_references_point_one_way(string project, string allowed)
    {
        var file = File.ReadAllText(Assert.Single(Directory.GetFiles(Path.Combine(Repository, project), "*.csproj")));
        Assert.Equal(allowed, string.Join(' ', ProjectReference().Matches(file).Select(m => m.Groups[1].Value)));
        if (project is "Platform" or "Cli") Assert.DoesNotContain("Include=\"Akka", file, StringComparison.Ordinal);
    }

    [Fact]
    public void Platform_and_the_command_line_never_say_Akka() =>
        AssertNone(["Platform", "Cli"], line => line.Contains("using Akka", StringComparison.Ordinal) || line.Contains("using Anocir.Actors", StringComparison.Ordinal));

    [Fact]
    public void Props_are_made_from_a_type_and_its_arguments() =>
        // A lambda is compiled at each call: 5 ms.
        AssertNone(["Actors", "Supervisor"], line => PropsOfLambda().IsMatch(line));

    [Fact]
    public void Actors_do_not_sleep_or_wait() =>
        AssertNone(["Actors", "Supervisor"], line => Waiting().IsMatch(line), "Actors/Containers/ProcessList.cs");

    [Fact]
    public void Failures_are_caught_by_their_kind() =>
        AssertNone(["Platform", "Actors", "Supervisor", "Cli"], line => CatchAll().IsMatch(line), "Actors/Scheduling/TimerScheduler.cs", "Actors/Journal/", "Cli/Program.cs");

    [Fact]
    public void Files_are_short_enough_to_be_one_idea() =>
        Assert.Equal([], Sources(["Platform", "Actors", "Supervisor", "Cli", "Tests"]).Where(file => File.ReadLines(file).Count() > 450).Select(Relative));

    [Fact]
    public void Watches_with_a_message_of_ones_own_are_not_put_on_by_persistent_actors() =>
        // Stashed during a persist, the message comes back as a Terminated that nobody expects (Akka.NET 1.5.74).
        AssertNone(["Actors"], line => line.Contains(".WatchWith(", StringComparison.Ordinal));

    [Fact]
    public void Every_receive_ends_in_Unhandled()
    {
        var receiving = Sources(["Actors", "Supervisor"]).Where(file => ReceiveMethod().IsMatch(File.ReadAllText(file))).ToList();
        Assert.True(receiving.Count >= 10);
        Assert.Equal([], receiving.Where(file => !File.ReadAllText(file).Contains("Unhandled(message)", StringComparison.Ordinal)).Select(Relative));
    }

    [Fact]
    public void Every_message_of_the_actors_is_sealed()
    {
        var open = typeof(ContainerActor).Assembly.GetTypes().Where(t => !t.IsSealed && !t.IsAbstract && !t.IsInterface && !t.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)).Select(t => t.FullName);
        Assert.Equal([], open);
    }

    private static void AssertNone(string[] folders, Func<string, bool> isForbidden, params string[] allowed)
    {
        var found = from file in Sources(folders)
                    where !Array.Exists(allowed, a => Relative(file).StartsWith(a, StringComparison.Ordinal))
                    from line in File.ReadLines(file).Select((text, index) => (text, index))
                    where isForbidden(line.text)
                    select $"{Relative(file)}:{line.index + 1}: {line.text.Trim()}";
        Assert.Equal([], found);
    }

    private static IEnumerable<string> Sources(string[] folders) => folders
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository, folder), "*.cs", SearchOption.AllDirectories))
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    private static string Relative(string file) => Path.GetRelativePath(Repository, file);

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex("ProjectReference Include=\"\\.\\./([A-Za-z]+)/")] private static partial Regex ProjectReference();
    [GeneratedRegex(@"Props\.Create\s*\(\s*\(\)\s*=>|Props\.Create<\w+>\(\s*\(\)\s*=>")] private static partial Regex PropsOfLambda();
    [GeneratedRegex(@"Thread\.Sleep|\.GetAwaiter\(\)\.GetResult\(\)|\.Wait\(\)|\bTask\.WaitAll")] private static partial Regex Waiting();
    [GeneratedRegex(@"catch\s*\(Exception( \w+)?\)\s*$")] private static partial Regex CatchAll();
    [GeneratedRegex(@"void (OnReceive|OnCommand)\(object message\)")] private static partial Regex ReceiveMethod();
}
