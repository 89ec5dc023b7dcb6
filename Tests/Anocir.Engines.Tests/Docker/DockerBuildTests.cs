using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Docker;

/// <summary>docker build, with the builder that runs every step as a container of dockerd's.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerBuildTests(DockerDaemon daemon)
{
    private readonly DockerDaemon _docker = daemon.Ready();

    [SkippableFact]
    public void Build_keeps_what_each_step_made()
    {
        var tag = Build(0, """
            FROM box
            ENV COLOUR=green
            WORKDIR /work
            RUN echo first > one && id -u
            COPY sent /work/sent
            USER alice
            RUN ["/bin/sh", "-c", "id -un > /tmp/two; echo $COLOUR >> /tmp/two"]
            CMD cat /work/one /work/sent /tmp/two
            """);
        _docker.Call("run", "--rm", "--network", "none", tag).Ok().Prints("first\ncarried\nalice\ngreen");
        _docker.Call("rmi", "-f", tag).Ok();
    }

    [SkippableFact]
    public void Build_stops_at_a_step_that_fails()
    {
        var output = Build(3, """
            FROM box
            RUN echo before; exit 3
            RUN echo never-reached
            """);
        Assert.Contains("returned a non-zero code: 3", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Step 3", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Build_shows_what_a_step_prints()
    {
        var directory = Context("FROM box\nRUN echo out-of-the-step; ls /proc/self/fd | wc -l\n");
        _docker.Call("build", "--no-cache", "--network", "none", directory).Ok().Shows("out-of-the-step");
    }

    private string Build(int code, string file)
    {
        var tag = _docker.NewName();
        var result = _docker.Call("build", "--no-cache", "--network", "none", "-t", tag, Context(file)).Exits(code);
        return code == 0 ? tag : result.Output + result.Error;
    }

    private string Context(string file)
    {
        var directory = _docker.Scratch.Folder("build", _docker.NewName());
        File.WriteAllText(Path.Combine(directory, "Dockerfile"), file);
        File.WriteAllText(Path.Combine(directory, "sent"), "carried\n");
        return directory;
    }
}
