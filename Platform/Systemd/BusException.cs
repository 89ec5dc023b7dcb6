namespace Anocir.Platform.Systemd;

/// <summary>An answer that is an error, or the end of the connection.</summary>
/// <param name="name">"org.freedesktop.systemd1.NoSuchUnit"; <see cref="Disconnected"/> for the end of the connection.</param>
/// <param name="message">In systemd's words.</param>
internal sealed class BusException(string name, string message) : Exception(message)
{
    internal const string Disconnected = "disconnected";
    internal const string NoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";
    internal const string UnitExists = "org.freedesktop.systemd1.UnitExists";

    internal string Name { get; } = name;

    internal bool IsDisconnected => Name == Disconnected;
}
