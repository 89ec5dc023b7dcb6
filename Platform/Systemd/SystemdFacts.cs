namespace Anocir.Platform.Systemd;

/// <summary>What is asked of a manager once.</summary>
/// <param name="Version">252</param>
/// <param name="ControlGroup">The cgroup that its units are below: empty for the root, "/user.slice/user-1000.slice/user@1000.service" for a user's manager.</param>
internal sealed record SystemdFacts(int Version, string ControlGroup)
{
    /// <summary>The first with AllowedCPUs, CPUQuotaPeriodUSec, and device rules by number.</summary>
    internal const int Oldest = 244;

    /// <summary>CPUWeight=0 is cpu.idle.</summary>
    internal bool HasIdleWeight => Version >= 252;

    /// <summary>Scopes have an OOMPolicy.</summary>
    internal bool HasScopeOomPolicy => Version >= 253;

    /// <summary>Reads "252.39-1~deb12u1", "v245.4-1.fc32" and the like.</summary>
    /// <exception cref="ContainerException">It is not a version, or one too old.</exception>
    internal static int ParseVersion(string text)
    {
        var digits = text.AsSpan().TrimStart('v');
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        if (!int.TryParse(end < 0 ? digits : digits[..end], out var version)) throw new ContainerException($"systemd cgroup driver: cannot read the version \"{text}\" of systemd");
        return version >= Oldest ? version : throw new ContainerException($"systemd cgroup driver: systemd {version} is too old, {Oldest} is needed; use cgroupfs");
    }
}
