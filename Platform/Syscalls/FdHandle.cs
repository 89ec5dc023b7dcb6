using Microsoft.Win32.SafeHandles;

namespace Anocir.Platform.Syscalls;

/// <summary>An owned file descriptor, closed once.</summary>
public sealed class FdHandle : SafeHandleMinusOneIsInvalid
{
    public FdHandle() : base(ownsHandle: true)
    {
    }

    public FdHandle(int fd) : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>The number, for a system call made while this object is kept alive.</summary>
    public int Value => (int)handle;

    /// <summary>Gives the number up: the caller closes it.</summary>
    public int Release()
    {
        var fd = (int)handle;
        SetHandleAsInvalid();
        return fd;
    }

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
