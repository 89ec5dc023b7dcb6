using System.Globalization;

namespace Anocir.Engines.Tests.Running;

/// <summary>How much longer than usual everything may take here: $TEST_PATIENCE, as under emulation.</summary>
public static class Patience
{
    private static readonly double Factor = double.TryParse(Environment.GetEnvironmentVariable("TEST_PATIENCE"), CultureInfo.InvariantCulture, out var factor) && factor > 1 ? factor : 1;

    public static TimeSpan With(TimeSpan limit) => limit * Factor;
}
