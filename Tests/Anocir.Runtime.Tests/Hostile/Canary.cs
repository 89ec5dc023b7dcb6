namespace Anocir.Runtime.Tests.Hostile;

/// <summary>A directory of the host that a container must not touch, and harmless things to mount.</summary>
internal sealed class Canary : IDisposable
{
    private static int _count;
    private readonly string _base;
    private readonly string _before;

    public Canary(RuntimeFixture runtime)
    {
        runtime.Require();
        _base = runtime.Scratch.Folder($"canary{Interlocked.Increment(ref _count)}");
        Path = Directory.CreateDirectory(System.IO.Path.Combine(_base, "host")).FullName;
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "folder"));
        File = System.IO.Path.Combine(Path, "file");
        System.IO.File.WriteAllText(File, "the host's\n");
        Source = System.IO.Path.Combine(_base, "source");
        System.IO.File.WriteAllText(Source, "mounted\n");
        SourceFolder = Directory.CreateDirectory(System.IO.Path.Combine(_base, "source-folder")).FullName;
        _before = Picture();
    }

    public string Path { get; }

    public string File { get; }

    /// <summary>A file to be bind mounted.</summary>
    public string Source { get; }

    /// <summary>A folder to be bind mounted.</summary>
    public string SourceFolder { get; }

    public void AssertUntouched() => Assert.Equal(_before, Picture());

    public void Dispose() => Directory.Delete(_base, recursive: true);

    /// <summary>Every entry with its kind, mode, owner, size, content's time; and what is mounted on any.</summary>
    private string Picture() =>
        Command.Run("/usr/bin/find", Path, "-printf", "%P %y %m %U %G %s %T@ %C@ %l\n").Ok().Output
        + string.Join('\n', Scratch.MountsUnder(Path))
        + System.IO.File.ReadAllText(File);
}
