namespace Anocir.Platform.Syscalls;

/// <summary>A system call that failed: what was being done, to what, and the errno.</summary>
/// <remarks>The message reads <c>mount proc on /proc: EPERM (operation not permitted)</c>.</remarks>
public sealed class SyscallException(string action, int errno)
    : Exception($"{action}: {Syscalls.Errno.Name(errno)} ({Syscalls.Errno.Text(errno)})")
{
    /// <summary>What was being done, to what: "open /etc/passwd".</summary>
    public string Action { get; } = action;

    /// <summary>The Linux error number.</summary>
    public int Errno { get; } = errno;
}
