namespace Anocir.Runtime.Tests.Checkpoints;

/// <summary>A container that is saved and restored: one that counts in a file of its rootfs, unless another script is given.</summary>
internal sealed class SavedContainer : IDisposable
{
    private const string Count = "i=0; while :; do i=$((i+1)); echo $i >/count.new; mv /count.new /count; sleep 0.1; done";

    /// <summary>Nothing of it may lead out: CRIU saves no file of the host.</summary>
    private static readonly Caller Silent = new(Redirections: "</dev/null >/dev/null 2>&1");

    /// <summary>What a restored program prints to is in the images; here only the runtime itself complains.</summary>
    public static Caller Restoring { get; } = new(Redirections: "</dev/null >/dev/null");

    private readonly RuntimeFixture _runtime;
    private readonly Container _container;

    public SavedContainer(RuntimeFixture runtime, string? script = null, Action<JsonObject>? edit = null)
    {
        runtime.Require();
        _runtime = runtime;
        _container = runtime.Container(c =>
        {
            c.Script(script ?? Count);
            edit?.Invoke(c);
        });
        Images = Path.Combine(_container.Bundle.Directory, "images");
        Work = Path.Combine(_container.Bundle.Directory, "work");
    }

    public Container Container => _container;

    public string Id => _container.Id;

    public string Images { get; }

    public string Work { get; }

    public string DumpLog => Path.Combine(Work, "dump.log");

    public int Counted => int.TryParse(Read("/count"), CultureInfo.InvariantCulture, out var count) ? count : 0;

    public string Read(string path) => File.Exists(_container.Bundle.InRootfs(path)) ? File.ReadAllText(_container.Bundle.InRootfs(path)).Trim() : "";

    public SavedContainer Start(Caller? caller = null, params string[] flags)
    {
        _container.Prepare("run", caller ?? Silent, ["--detach", .. flags]).Run().Ok();
        _container.WaitForStatus("running");
        return this;
    }

    /// <summary>Until it has counted further.</summary>
    public void WaitForProgress()
    {
        var before = Counted;
        Until.True(() => Counted > before, $"{Id} counts on from {before}");
    }

    public CommandResult Checkpoint(params string[] flags) => _runtime.Call(["checkpoint", "--image-path", Images, "--work-path", Work, .. flags, Id]);

    public CommandResult Restore(params string[] flags) => Restore(Restoring, ["--detach", .. flags]);

    public CommandResult Restore(Caller caller, params string[] flags) =>
        _container.Prepare("restore", caller, ["--image-path", Images, "--work-path", Work, .. flags]).Run();

    public string History => _runtime.Call("history", Id).Ok().Output;

    public void Dispose() => _container.Dispose();
}
