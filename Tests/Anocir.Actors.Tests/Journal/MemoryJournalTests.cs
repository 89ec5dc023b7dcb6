using Akka.Configuration;

namespace Anocir.Actors.Tests.Journal;

/// <summary>The contract asks no more than the library's own journal does.</summary>
public sealed class MemoryJournalTests() : JournalContract(ConfigurationFactory.ParseString("akka.persistence.journal.plugin = \"akka.persistence.journal.inmem\""))
{
    protected override bool Serializes => false;
}
