using Xunit.Abstractions;
using Xunit.Sdk;

namespace Anocir.Conformance.Tests.Clauses;

/// <summary>Makes the parts of a <see cref="ClauseAttribute"/> something to filter tests by.</summary>
public sealed class ClauseDiscoverer : ITraitDiscoverer
{
    public IEnumerable<KeyValuePair<string, string>> GetTraits(IAttributeInfo traitAttribute)
    {
        object[] parts = [.. traitAttribute.GetConstructorArguments()];
        return
        [
            new("Document", (string)parts[0]),
            new("Strength", ((Strength)parts[2]).ToString()),
            new("Clause", Convert.ToString(parts[3], CultureInfo.InvariantCulture)!),
        ];
    }
}
