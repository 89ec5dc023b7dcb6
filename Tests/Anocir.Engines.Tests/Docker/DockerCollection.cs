using Xunit;

namespace Anocir.Engines.Tests.Docker;

/// <summary>The tests that share one dockerd, run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class DockerCollection : ICollectionFixture<DockerDaemon>
{
    public const string Name = "docker";
}
