using Xunit.Sdk;

namespace Anocir.Conformance.Tests.Clauses;

/// <summary>
/// The clause of the OCI runtime specification, version 1.3, that a test holds a runtime to: its document ("config.md"), the anchor of
/// its section there ("configMounts"), how strong it is, and its number in our own list. The name of the test is what it says.
/// <c>dotnet test --filter Clause=14</c> runs the tests of one clause, <c>Document=config.md</c> those of one document;
/// <c>Tests/Conformance/table.py</c> makes the table of docs/conformance.md out of these attributes.
/// </summary>
[TraitDiscoverer("Anocir.Conformance.Tests.Clauses.ClauseDiscoverer", "Anocir.Conformance.Tests")]
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ClauseAttribute(string document, string section, Strength strength, int number) : Attribute, ITraitAttribute
{
    public string Document => document;

    public string Section => section;

    public Strength Strength => strength;

    public int Number => number;
}
