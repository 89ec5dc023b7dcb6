using Xunit;

namespace Anocir.Engines.Tests.Podman;

/// <summary>The tests that share one Podman storage, run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class PodmanCollection : ICollectionFixture<PodmanEngine>
{
    public const string Name = "podman";
}
