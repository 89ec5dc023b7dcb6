using Anocir.Platform.Systemd;

namespace Anocir.Platform.Cgroups.Systemd;

/// <summary>A quota within a period as CPUQuotaPerSecUSec and CPUQuotaPeriodUSec.</summary>
internal static class CpuQuota
{
    internal const ulong DefaultPeriod = 100_000;

    private const ulong Second = 1_000_000;
    /// <summary>systemd keeps whole percents: 10 ms of each second.</summary>
    private const ulong Percent = 10_000;

    /// <param name="quota">Microseconds; 0 or less is none. Rounded up to what systemd keeps, so that the file can be given the same.</param>
    /// <param name="period">Microseconds; 0 is not set.</param>
    internal static IReadOnlyList<UnitProperty> Properties(ref long quota, ulong period)
    {
        if (quota == 0 && period == 0) return [];
        var properties = new List<UnitProperty>();
        if (period != 0) properties.Add(new UnitProperty("CPUQuotaPeriodUSec", period));
        var perSecond = ulong.MaxValue;
        if (quota > 0)
        {
            var length = period == 0 ? DefaultPeriod : period;
            perSecond = (ulong)((UInt128)(ulong)quota * Second / length);
            if (perSecond % Percent != 0)
            {
                perSecond = ((perSecond / Percent) + 1) * Percent;
                quota = (long)((UInt128)perSecond * length / Second);
            }
        }

        properties.Add(new UnitProperty("CPUQuotaPerSecUSec", perSecond));
        return properties;
    }
}
