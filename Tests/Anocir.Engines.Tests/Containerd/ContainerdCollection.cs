using Xunit;

namespace Anocir.Engines.Tests.Containerd;

/// <summary>The tests that share one containerd, run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class ContainerdCollection : ICollectionFixture<ContainerdDaemon>
{
    public const string Name = "containerd";
}
