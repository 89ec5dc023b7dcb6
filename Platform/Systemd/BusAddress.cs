using System.Globalization;
using System.Text;

namespace Anocir.Platform.Systemd;

/// <summary>A way to a manager of systemd.</summary>
/// <param name="Address">As D-Bus spells it: "unix:path=/run/systemd/private".</param>
/// <param name="IsBus">A bus is between us and the manager; else it is the manager's own socket.</param>
internal sealed record BusAddress(string Address, bool IsBus)
{
    /// <summary>To the manager of the system. Its own socket first: one hop, and no bus that may be restarted; only root gets in.</summary>
    internal static IReadOnlyList<BusAddress> System { get; } =
    [
        new("unix:path=/run/systemd/private", IsBus: false),
        new("unix:path=/run/dbus/system_bus_socket", IsBus: true),
    ];

    /// <summary>To the manager of a user.</summary>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="exists">Whether a socket is there.</param>
    /// <param name="uid">For the usual place where the environment says nothing.</param>
    /// <exception cref="ContainerException">Nothing is there.</exception>
    internal static IReadOnlyList<BusAddress> User(Func<string, string?> environment, Func<string, bool> exists, uint uid)
    {
        var found = FindUser(environment, exists, uid);
        return found.Count > 0
            ? found
            : throw new ContainerException(
                $"systemd cgroup driver: the user's systemd cannot be found: DBUS_SESSION_BUS_ADDRESS is not set, and neither bus nor systemd/private is in {Directory(environment, uid)} "
                + "(is dbus-user-session installed? log in again after that)");
    }

    /// <summary>The same, and nothing where nothing is there.</summary>
    internal static IReadOnlyList<BusAddress> FindUser(Func<string, string?> environment, Func<string, bool> exists, uint uid)
    {
        var found = new List<BusAddress>();
        if (environment("DBUS_SESSION_BUS_ADDRESS") is { Length: > 0 } named) found.Add(new BusAddress(named, IsBus: true));
        var directory = Directory(environment, uid);
        foreach (var (socket, isBus) in (ReadOnlySpan<(string, bool)>)[("bus", true), ("systemd/private", false)])
        {
            var address = new BusAddress("unix:path=" + Escape($"{directory}/{socket}"), isBus);
            if (exists($"{directory}/{socket}") && !found.Exists(f => f.Address == address.Address)) found.Add(address);
        }

        return found;
    }

    private static string Directory(Func<string, string?> environment, uint uid) =>
        environment("XDG_RUNTIME_DIR") is { Length: > 0 } runtime ? runtime : string.Create(CultureInfo.InvariantCulture, $"/run/user/{uid}");

    // dbus-specification, Server Addresses: all but these is written as %XX.
    private static string Escape(string path)
    {
        var text = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(path))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || "-_/.\\*".Contains((char)b, StringComparison.Ordinal)) text.Append((char)b);
            else text.Append(CultureInfo.InvariantCulture, $"%{b:x2}");
        }

        return text.ToString();
    }
}
