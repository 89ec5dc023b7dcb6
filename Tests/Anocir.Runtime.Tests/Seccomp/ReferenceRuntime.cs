namespace Anocir.Runtime.Tests.Seccomp;

/// <summary>The runc of this machine beside the runtime under test: it runs the same bundle with a root of its own.</summary>
internal sealed class ReferenceRuntime(RuntimeFixture runtime, Bundle bundle, string id) : IDisposable
{
    private static readonly string? Program = Programs.Find("runc");

    /// <summary>"1.1.5" of "runc version 1.1.5+ds1".</summary>
    public static Version Version { get; } =
        Program is null ? new Version(0, 0) : Version.Parse(Command.Run(Program, "--version").Ok().Lines[0].Split(' ')[2].Split('+', '-')[0]);

    private string Root => runtime.Scratch.Folder("runc-root");

    public static void Require() => Skip.If(Program is null, "runc is not installed");

    /// <summary>Runs the bundle's container to where its program is executed, and returns its pid.</summary>
    public int RunDetached()
    {
        var pidFile = runtime.Scratch.File("runc-pids", id);
        Call("run", "--detach", "--bundle", bundle.Directory, "--pid-file", pidFile, id).Ok();
        return Processes.FromFile(pidFile)!.Value;
    }

    public void Dispose() => Call("delete", "--force", id);

    private CommandResult Call(params string[] arguments) => new Invocation(runtime.Scratch.Folder("runc-calls"), [Program!, "--root", Root, .. arguments]).Run();
}
