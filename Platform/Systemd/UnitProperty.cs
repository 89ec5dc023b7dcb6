namespace Anocir.Platform.Systemd;

/// <summary>A property of a unit as systemd's D-Bus interface takes it: "MemoryMax", uint64 5.</summary>
internal sealed record UnitProperty(string Name, BusValue Value)
{
    internal UnitProperty(string name, ulong value) : this(name, BusValue.UInt64(value))
    {
    }

    internal UnitProperty(string name, string value) : this(name, BusValue.String(value))
    {
    }

    internal UnitProperty(string name, bool value) : this(name, BusValue.Bool(value))
    {
    }

    public override string ToString() => $"{Name}={Value}";
}
