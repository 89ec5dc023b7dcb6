namespace Anocir.Runtime.Tests.Exec;

/// <summary>An exec against the state of its container, and containers that end while it runs.</summary>
public sealed class ExecStateTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    public void Unknown_container_does_not_exist()
    {
        runtime.Require();
        Assert.Equal("exec failed: container does not exist", Words(runtime.Call("exec", "nobody", "true").Exits(255, 1)));
    }

    [SkippableFact]
    public void Stopped_container_is_refused()
    {
        using var container = runtime.Running();
        container.Kill("KILL").Ok();
        container.WaitForStatus("stopped");
        Assert.Equal("exec failed: cannot exec in a stopped container", ErrorLine.MessageOf(container.Exec("true").Exits(255)));
    }

    [SkippableFact]
    public void Created_container_takes_an_exec_before_its_start()
    {
        using var container = runtime.Container(c => c.Args("sleep", "1000"));
        container.Create().Ok();
        container.Exec("echo", "early").Ok().Prints("early");
        Assert.Equal("created", container.Status);
        container.Start().Ok();
        container.Exec("echo", "late").Ok().Prints("late");
    }

    [SkippableFact]
    public void Paused_container_is_refused()
    {
        using var container = runtime.Running();
        runtime.Call("pause", container.Id).Ok();
        var refused = container.Exec("true").Exits(255);
        Assert.Contains("cannot exec in a paused container (use --ignore-paused to override)", ErrorLine.MessageOf(refused), StringComparison.Ordinal);
        runtime.Call("resume", container.Id).Ok();
        container.Exec("true").Ok();
    }

    [SkippableFact]
    public void Exec_that_ignores_the_pause_runs_once_it_is_resumed()
    {
        using var container = runtime.Running();
        runtime.Call("pause", container.Id).Ok();
        var exec = container.PrepareExec(new Caller(), ["--ignore-paused"], "echo", "after").Start();
        // It is in the cgroup as soon as it is frozen there.
        Until.True(() => Cgroups.Under(runtime.CgroupParent, container.Id).Any(g => File.ReadAllLines(Path.Combine(g, "cgroup.procs")).Length > 1), "the process in the cgroup");
        Assert.Equal("", exec.Output);
        runtime.Call("resume", container.Id).Ok();
        Assert.Equal("after\n", exec.Wait().Ok().Output);
    }

    [SkippableFact]
    public void Exec_ends_with_its_container()
    {
        using var container = runtime.Running();
        var exec = container.PrepareExec(new Caller(), [], "/bin/sh", "-c", "echo ready; exec sleep 1000").Start();
        Until.True(() => exec.Output.Length > 0, "the program");
        container.Kill("KILL").Ok();
        exec.Wait().Exits(137);
        container.Delete("--force").Ok();
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Exec_of_a_shared_pid_namespace_ends_with_the_deletion_of_its_container()
    {
        using var container = runtime.Running(c => c.WithoutNamespace("pid"));
        var exec = container.PrepareExec(new Caller(), [], "/bin/sh", "-c", "echo ready; exec sleep 1000").Start();
        Until.True(() => exec.Output.Length > 0, "the program");
        container.Delete("--force").Ok();
        exec.Wait().Exits(137);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Execs_that_race_with_the_end_of_their_container_end_one_way_or_the_other()
    {
        for (var round = 0; round < 8; round++)
        {
            using var container = runtime.Running();
            var execs = Enumerable.Range(0, 3).Select(_ => container.PrepareExec(new Caller(), [], "true").Start()).ToList();
            container.Kill("KILL").Ok();
            foreach (var exec in execs) exec.Wait().Exits(0, 137, 255);
            container.WaitForStatus("stopped");
            container.Delete().Ok();
            Assert.Empty(runtime.LeftOf(container.Id));
        }
    }

    [SkippableFact]
    public void Twenty_at_once_all_end_as_they_should()
    {
        using var container = runtime.Running();
        var execs = Enumerable.Range(0, 20).Select(n => container.PrepareExec(new Caller(Input: $"in {n}"), [], "/bin/sh", "-c", $"cat; exit {n}").Start()).ToList();
        for (var n = 0; n < execs.Count; n++) Assert.Equal($"in {n}", execs[n].Wait().Exits(n).Output);
    }

    [SkippableFact]
    public void Twenty_in_twenty_containers_do_not_mix()
    {
        var containers = Enumerable.Range(0, 20).Select(_ => runtime.Container(c => c.Args("sleep", "1000"))).ToList();
        foreach (var container in containers)
        {
            container.Create().Ok();
            container.Start().Ok();
            File.WriteAllText(container.Bundle.InRootfs("/tmp/id"), container.Id);
        }

        var execs = containers.ConvertAll(c => c.PrepareExec(new Caller(), [], "cat", "/tmp/id").Start());
        for (var i = 0; i < execs.Count; i++) Assert.Equal(containers[i].Id, execs[i].Wait().Ok().Output);
        foreach (var container in containers) container.Dispose();
    }

    [SkippableFact]
    public void Hundred_in_a_row_leave_nothing_behind_in_the_supervisor()
    {
        runtime.RequireAnocir("runc has no supervisor");
        using var container = runtime.Running();
        container.Exec("true").Ok();
        container.Exec("nothing").Exits(255);
        var descriptors = 0;
        Until.True(() => descriptors == (descriptors = Descriptors()), "the supervisor to be at rest");
        for (var i = 0; i < 100; i++)
        {
            if (i % 10 == 9) container.Exec("nothing").Exits(255);
            else container.PrepareExec(new Caller(), i % 10 == 5 ? ["-t"] : [], "/bin/sh", "-c", $"exit {i}").Run().Exits(i);
        }

        Until.True(() => Descriptors() <= descriptors, $"no more than {descriptors} descriptors", explain: () => string.Join('\n', Directory.GetFiles($"/proc/{runtime.Supervisor}/fd").Select(f => new FileInfo(f).LinkTarget)));
        Assert.Equal([container.Pid.ToString(CultureInfo.InvariantCulture)], JsonNode.Parse(runtime.Call("ps", "-f", "json", container.Id).Ok().Output)!.AsArray().Select(p => p!.ToString()));
        Assert.Equal("", File.ReadAllText($"/proc/{runtime.Supervisor}/task/{runtime.Supervisor}/children"));
    }

    [SkippableFact]
    public void History_tells_of_execs()
    {
        runtime.RequireAnocir("runc has no history");
        using var container = runtime.Running();
        container.ExecScript("exit 7").Exits(7);
        string History() => runtime.Call("history", container.Id).Ok().Output;
        Until.True(() => History().Contains("#1 ended: exit status 7", StringComparison.Ordinal), "the end of the exec in the history", explain: History);
        Assert.Contains("#1 is process", History(), StringComparison.Ordinal);
    }

    private int Descriptors() => Directory.GetFiles($"/proc/{runtime.Supervisor}/fd").Length;

    private static string Words(CommandResult result) =>
        RuntimeFixture.IsAnocir ? ErrorLine.MessageOf(result) : ErrorLine.MessageOf(result) is var message && message.StartsWith("exec failed: ", StringComparison.Ordinal) ? message : "exec failed: " + message;
}
