namespace Anocir.Conformance.Tests.Clauses;

/// <summary>How strongly the specification says it, in its own words (RFC 2119).</summary>
public enum Strength
{
    Must,
    MustNot,
    Should,
    ShouldNot,
    May,
}
