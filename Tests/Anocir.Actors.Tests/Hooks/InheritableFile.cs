using System.Runtime.InteropServices;

namespace Anocir.Actors.Tests.Hooks;

/// <summary>A descriptor of this process that a child would inherit.</summary>
internal sealed partial class InheritableFile : IDisposable
{
    private readonly int _fd = open("/dev/null", 0);

    public void Dispose() => close(_fd);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] private static partial int open(string path, int flags);
    [LibraryImport("libc")] private static partial int close(int fd);
}
