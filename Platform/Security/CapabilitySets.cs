using Anocir.Platform.Ipc;

namespace Anocir.Platform.Security;

/// <summary>The five capability sets of a process as bit masks: bit n is capability number n.</summary>
public sealed record CapabilitySets(ulong Bounding, ulong Effective, ulong Permitted, ulong Inheritable, ulong Ambient)
{
    /// <summary>Masks from names. Names that are unknown, or above <paramref name="lastCapability"/> of the running kernel, end up in <paramref name="unknown"/>, sorted.</summary>
    public static CapabilitySets Parse(Oci.Capabilities capabilities, int lastCapability, out IReadOnlyList<string> unknown)
    {
        var unusable = new SortedSet<string>(StringComparer.Ordinal);
        var sets = new CapabilitySets(
            Mask(capabilities.Bounding),
            Mask(capabilities.Effective),
            Mask(capabilities.Permitted),
            Mask(capabilities.Inheritable),
            Mask(capabilities.Ambient));
        unknown = [.. unusable];
        return sets;

        ulong Mask(IReadOnlyList<string>? names)
        {
            var mask = 0UL;
            foreach (var name in names ?? [])
            {
                var number = CapabilityNames.NumberOf(name);
                if (number < 0 || number > lastCapability) unusable.Add(name);
                else mask |= 1UL << number;
            }

            return mask;
        }
    }

    public void Write(WireWriter to) =>
        to.Long((long)Bounding).Long((long)Effective).Long((long)Permitted).Long((long)Inheritable).Long((long)Ambient);

    public static CapabilitySets Read(WireReader from) =>
        new((ulong)from.Long(), (ulong)from.Long(), (ulong)from.Long(), (ulong)from.Long(), (ulong)from.Long());
}
