using System.Text.RegularExpressions;

namespace Anocir.Contract.Tests.CommandLine;

/// <summary>
/// Every command and flag of runc's, out of Tests/Data/runc-command-line.json: it is in the help, it is taken, it is completed and it has
/// its place in the manual. What is not there is told of in docs/compatibility.md.
/// </summary>
public sealed class RuncTableTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private static readonly JsonObject Table = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "runc-command-line.json")))!.AsObject();
    private static readonly Lazy<string> Compatibility = new(() => File.ReadAllText(Path.Combine(RuntimeUnderTest.Tree, "docs", "compatibility.md")));
    private static readonly Lazy<string> Manual = new(() => Generated("manual.sh"));
    private static readonly Lazy<string> Completions = new(() => Generated("completions.sh", "bash"));

    public static TheoryData<string> Commands => [.. Table["commands"]!.AsObject().Select(c => c.Key)];

    [SkippableTheory]
    [MemberData(nameof(Commands))]
    public void Command_of_runc_is_there_with_its_flags_or_is_explained(string command)
    {
        runtime.RequireAnocir("the table is runc's own");
        var help = Command.Run(RuntimeUnderTest.Path, command, "--help");
        if (help.ExitCode != 0)
        {
            Assert.Contains($"`{command}`", Compatibility.Value, StringComparison.Ordinal);
            return;
        }

        var page = Regex.Match(Manual.Value, $@"^\.SS {command}\b.*?(?=^\.S[SH]|\z)", RegexOptions.Multiline | RegexOptions.Singleline).Value;
        Assert.NotEqual("", page);
        Assert.Contains($" {command} ", Command.Run(RuntimeUnderTest.Path, "--help").Ok().Output, StringComparison.Ordinal);
        var missing = new List<string>();
        foreach (var flag in Table["commands"]![command]!.AsArray())
        {
            var name = (string)flag!["name"]!;
            if (!Takes([command], flag, name) || (string?)flag["short"] is { } letter && !Takes([command], flag, letter))
            {
                if (!Explained(command, name)) missing.Add($"{command} --{name} is not taken");
                continue;
            }

            if ((bool?)flag["hidden"] == true) continue;
            if (!Regex.IsMatch(help.Output, $@"^ +--{name}\b", RegexOptions.Multiline)) missing.Add($"{command} --{name} is not in the help");
            if (!page.Contains("--" + name, StringComparison.Ordinal) && !page.Contains(@"\-\-" + name.Replace("-", @"\-", StringComparison.Ordinal), StringComparison.Ordinal)) missing.Add($"{command} --{name} is not in the manual");
            if (!Completions.Value.Contains("--" + name, StringComparison.Ordinal)) missing.Add($"{command} --{name} is not completed");
        }

        Assert.True(missing.Count == 0, string.Join('\n', missing));
    }

    [SkippableFact]
    public void Global_flags_of_runc_are_there()
    {
        runtime.RequireAnocir("the table is runc's own");
        var help = Command.Run(RuntimeUnderTest.Path, "--help").Ok().Output;
        foreach (var flag in Table["global"]!.AsArray())
        {
            var name = (string)flag!["name"]!;
            Assert.Matches($@"(?m)^ +--{name}\b", help);
            Assert.Contains("--" + name, Completions.Value, StringComparison.Ordinal);
            if (name is not ("help" or "version")) Assert.True(Takes([], flag, name), $"--{name} is not taken");
        }
    }

    [SkippableFact]
    public void Table_is_that_of_a_whole_command_line()
    {
        Assert.Equal(17, Table["commands"]!.AsObject().Count);
        Assert.InRange(Table["commands"]!.AsObject().Sum(c => c.Value!.AsArray().Count), 95, 200);
    }

    /// <summary>Whether the flag is read: the one behind it, which is none, is then the first that is complained of.</summary>
    private bool Takes(string[] before, JsonNode flag, string name)
    {
        string[] words = [.. before, (name.Length == 1 ? "-" : "--") + name, .. (bool?)flag["value"] == true ? ["1"] : Array.Empty<string>(), "--none-such"];
        var result = new Command(RuntimeUnderTest.Path, words) { Environment = SupervisorUnderTest.Environment(runtime.RuntimeDirectory) }.Run();
        return result.ExitCode != 0 && (result.Output + result.Error).Contains("not defined: -none-such", StringComparison.Ordinal);
    }

    private static bool Explained(string command, string flag) =>
        Compatibility.Value.Split('\n').Any(line => line.Contains($"`{command}`", StringComparison.Ordinal) && line.Contains($"`--{flag}`", StringComparison.Ordinal));

    private static string Generated(string script, params string[] arguments) =>
        Command.Run(Path.Combine(RuntimeUnderTest.Tree, "Packaging", script), [.. arguments, RuntimeUnderTest.Path]).Ok().Output;
}
