using Xunit;

namespace Anocir.Engines.Tests.Running;

/// <summary>Whether CRIU works on this kernel: it says so itself.</summary>
public static class Criu
{
    private static readonly Lazy<string?> Problem = new(() =>
    {
        if (Programs.WhyNot("criu") is { } missing) return missing;
        var check = Command.Run(Programs.Find("criu")!, "check");
        return check.ExitCode == 0 ? null : $"criu check fails on this kernel: {check.Error.Split('\n')[0]}";
    });

    public static string? WhyNot => Problem.Value;

    public static void Require() => Skip.If(WhyNot is not null, WhyNot);
}
