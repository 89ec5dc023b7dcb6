using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Docker;

/// <summary>The script beside the runtime, which an engine can be given in the runtime's place.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerWrapperTests(DockerDaemon daemon)
{
    private readonly DockerDaemon _docker = daemon.Ready();

    [SkippableFact]
    public void Wrapper_script_runs_a_container_as_the_runtime_does()
    {
        Skip.IfNot(File.Exists(RuntimeUnderTest.Wrapper), $"there is no {RuntimeUnderTest.Wrapper}: the runtime under test is not anocir as built here");
        _docker.Sh(["--runtime", "wrapper"], "echo through; exit 12").Exits(12).Prints("through");
    }
}
