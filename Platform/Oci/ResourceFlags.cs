using System.Globalization;

namespace Anocir.Platform.Oci;

/// <summary>The single flags of <c>update</c> as the resources they stand for.</summary>
public static class ResourceFlags
{
    /// <param name="flags">Each as "name=value", with the name of the flag; the last of a name counts. An empty value is none.</param>
    /// <exception cref="ContainerException"><c>invalid value for cpu-period: …</c></exception>
    public static Resources Parse(IReadOnlyList<string> flags)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var flag in flags)
        {
            var equals = flag.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) throw new ContainerException($"{Quoted.Text(flag)} is not a flag and its value");
            values[flag[..equals]] = flag[(equals + 1)..];
        }

        return new Resources
        {
            Memory = new()
            {
                Limit = Bytes("memory"),
                Swap = Bytes("memory-swap"),
                Reservation = Bytes("memory-reservation"),
                Kernel = Bytes("kernel-memory"),
                KernelTCP = Bytes("kernel-memory-tcp"),
            },
            Cpu = new()
            {
                Shares = Unsigned("cpu-share"),
                Quota = Signed("cpu-quota"),
                Period = Unsigned("cpu-period"),
                Burst = Unsigned("cpu-burst"),
                RealtimeRuntime = Signed("cpu-rt-runtime"),
                RealtimePeriod = Unsigned("cpu-rt-period"),
                Cpus = Text("cpuset-cpus"),
                Mems = Text("cpuset-mems"),
                Idle = Signed("cpu-idle"),
            },
            Pids = new() { Limit = Signed("pids-limit") },
            BlockIO = new() { Weight = Weight() },
        };

        string? Text(string name) => values.TryGetValue(name, out var text) && text.Length > 0 ? text : null;

        long? Signed(string name) => Text(name) is not { } text ? null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Bad(name, text, "a whole number");

        ulong? Unsigned(string name) => Text(name) is not { } text ? null
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Bad(name, text, "a whole number from 0 on");

        long? Bytes(string name) => Text(name) switch
        {
            null => null,
            "-1" => -1,
            var text => ByteSize.TryParse(text, out var bytes) ? bytes : throw Bad(name, text, "-1 or a size such as 64M"),
        };

        ushort? Weight() => Signed("blkio-weight") switch
        {
            null => null,
            >= 0 and <= ushort.MaxValue and var weight => (ushort)weight,
            var weight => throw new ContainerException($"invalid value for blkio-weight: must be from 10 to 1000, not {weight}"),
        };
    }

    private static ContainerException Bad(string name, string text, string expected) => new($"invalid value for {name}: {Quoted.Text(text)} is not {expected}");
}
