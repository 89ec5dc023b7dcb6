using Anocir.Engines.Tests.Running;
using Xunit;

namespace Anocir.Engines.Tests.Podman;

/// <summary>podman build: buildah, which calls the runtime by itself and without a monitor.</summary>
[Collection(PodmanCollection.Name)]
public sealed class PodmanBuildTests(PodmanEngine engine)
{
    private readonly PodmanEngine _podman = engine.Ready();

    [SkippableFact]
    public void Build_keeps_what_each_step_made()
    {
        var tag = _podman.NewName();
        Build(tag, """
            FROM box
            ENV COLOUR=green
            WORKDIR /work
            RUN echo first > one && id -u
            COPY sent /work/sent
            USER alice
            RUN ["/bin/sh", "-c", "id -un > /tmp/two; echo $COLOUR >> /tmp/two"]
            CMD cat /work/one /work/sent /tmp/two
            """).Ok();
        _podman.Call("run", "--rm", "--network", "none", "--cgroup-parent", _podman.CgroupParent, "localhost/" + tag).Ok()
            .Prints("first\ncarried\nalice\ngreen");
    }

    [SkippableFact]
    public void Build_stops_at_a_step_that_fails() =>
        Build(_podman.NewName(), """
            FROM box
            RUN echo before; exit 3
            RUN echo never-reached
            """).Exits(3).Complains("exit status 3").Hides("never-reached");

    [SkippableFact]
    public void Build_shows_what_a_step_prints() =>
        Build(_podman.NewName(), "FROM box\nRUN echo out-of-$((40 + 2))\n").Ok().Shows("out-of-42");

    private CommandResult Build(string tag, string file)
    {
        Skip.If(Programs.Find("buildah") is null, "buildah is not installed");
        var directory = _podman.Scratch.Folder("build", tag);
        File.WriteAllText(Path.Combine(directory, "Dockerfile"), file);
        File.WriteAllText(Path.Combine(directory, "sent"), "carried\n");
        // buildah puts the container into this very group: it must be one without groups below it.
        return _podman.Call("build", "--no-cache", "--network", "none", "--cgroup-parent", $"{_podman.CgroupParent}/build-{tag}", "-t", tag, directory);
    }
}
