using Xunit.Sdk;

namespace Anocir.Conformance.Tests.Running;

/// <summary>The questions that the tests put to a runtime: each makes one container of its own, and it is gone afterwards.</summary>
public static class Asking
{
    /// <summary>What a script of busybox, as the user's program, prints in the container.</summary>
    public static string Inside(this RuntimeFixture runtime, string script, Action<JsonObject>? edit = null) =>
        runtime.Inside(script, new Caller(), edit);

    public static string Inside(this RuntimeFixture runtime, string script, Caller caller, Action<JsonObject>? edit = null)
    {
        using var container = runtime.Container(config =>
        {
            config.Script(script);
            edit?.Invoke(config);
        });
        return container.Prepare("run", caller).Run().Ok().Output.TrimEnd('\n');
    }

    /// <summary>A container whose program sleeps, started: the host looks at it.</summary>
    public static Container Running(this RuntimeFixture runtime, Action<JsonObject>? edit = null)
    {
        var container = runtime.Created(edit);
        try
        {
            container.Start().Ok();
            return container;
        }
        catch (XunitException)
        {
            container.Dispose();
            throw;
        }
    }

    /// <summary>A container whose program sleeps, created and not started.</summary>
    public static Container Created(this RuntimeFixture runtime, Action<JsonObject>? edit = null)
    {
        var container = runtime.Container(config =>
        {
            config.Args("/bin/sleep", "1000");
            edit?.Invoke(config);
        });
        try
        {
            container.Create().Ok();
            return container;
        }
        catch (XunitException)
        {
            container.Dispose();
            throw;
        }
    }

    /// <summary>The creation fails, and nothing of a container is left.</summary>
    public static CommandResult Refuses(this RuntimeFixture runtime, Action<JsonObject> edit)
    {
        using var container = runtime.Container(edit);
        var result = container.Create();
        if (result.ExitCode == 0) throw new XunitException($"expected an error\n{result}");
        Assert.Empty(runtime.LeftOf(container.Id));
        return result;
    }

    /// <summary>The creation or, as the specification leaves open for the properties of the process, the start fails.</summary>
    public static void RefusesAtStartAtTheLatest(this RuntimeFixture runtime, Action<JsonObject> edit)
    {
        using var container = runtime.Container(edit);
        if (container.Create().ExitCode == 0 && container.Start() is { ExitCode: 0 } started)
            throw new XunitException($"expected an error of create or start\n{started}");
    }

    /// <summary>The container comes to run a program that ends well.</summary>
    public static void Accepts(this RuntimeFixture runtime, Action<JsonObject> edit)
    {
        using var container = runtime.Container(edit);
        container.Run().Ok();
    }

    /// <summary>The topmost mount on a point, out of a mountinfo.</summary>
    public static MountLine TopMount(string mountinfo, string point) =>
        mountinfo.Split('\n').Where(line => line.Length > 0).Select(MountLine.Parse).LastOrDefault(mount => mount.Point == point)
        ?? throw new XunitException($"nothing is mounted on {point}:\n{mountinfo}");
}
