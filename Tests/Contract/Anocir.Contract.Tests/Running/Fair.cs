namespace Anocir.Contract.Tests.Running;

/// <summary>The tests say what engines rely on in the runc of today; an older runc that one of them is run with lacks some of it, by name.</summary>
internal static class Fair
{
    private static readonly Lazy<Version> OfRuntime = new(() =>
        Version.Parse(Command.Run(RuntimeUnderTest.Path, "--version").Ok().Lines[0].Split(' ')[2].Split('+', '-')[0]));

    /// <summary>Skips the test for a runc older than the version that this came with.</summary>
    public static void Since(string version, string what)
    {
        if (RuntimeFixture.IsAnocir) return;
        Skip.If(OfRuntime.Value < Version.Parse(version), $"runc {OfRuntime.Value}: {what} (runc {version})");
    }

    /// <summary>Whether the runtime is a runc older than this.</summary>
    public static bool Before(string version) => !RuntimeFixture.IsAnocir && OfRuntime.Value < Version.Parse(version);
}
