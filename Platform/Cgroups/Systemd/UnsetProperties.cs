using Anocir.Platform.Systemd;

namespace Anocir.Platform.Cgroups.Systemd;

/// <summary>Takes back a change of properties.</summary>
internal static class UnsetProperties
{
    /// <param name="changed">What was set.</param>
    /// <param name="before">What the unit had been given.</param>
    /// <returns>For each property that was set, what it had before, or what it has when nobody sets it.</returns>
    internal static IReadOnlyList<UnitProperty> Back(IReadOnlyList<UnitProperty> changed, IReadOnlyList<UnitProperty> before)
    {
        var back = new List<UnitProperty>();
        foreach (var (name, value) in changed.DistinctBy(p => p.Name).Select(p => (p.Name, p.Value)))
        {
            // An empty list empties it: what was added goes, whatever else is set again behind it.
            if (value.Signature[0] == 'a') back.Add(new UnitProperty(name, BusValue.Array(value.Signature[1..], [])));
            var old = before.Where(p => p.Name == name).ToList();
            back.AddRange(old);
            if (old.Count == 0 && value.Signature[0] == 't') back.Add(new UnitProperty(name, name is "MemoryMin" or "MemoryLow" ? 0 : ulong.MaxValue));
        }

        return back;
    }
}
