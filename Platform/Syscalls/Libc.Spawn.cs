using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

/// <summary>posix_spawn(3) and what it needs. The spawn family returns the error number; addchdir_np wants glibc 2.29, addclosefrom_np 2.34.</summary>
internal static unsafe partial class Libc
{
    // sizeof is 80, 336 and 128 on x86-64 and arm64; a test compares with the C headers.
    internal const int SpawnFileActionsSize = 128;
    internal const int SpawnAttributesSize = 512;
    internal const int SignalSetSize = 128;

    [LibraryImport(Name)] internal static partial int posix_spawn(int* pid, byte* path, byte* fileActions, byte* attributes, byte** argv, byte** envp);
    [LibraryImport(Name)] internal static partial int posix_spawn_file_actions_init(byte* actions);
    [LibraryImport(Name)] internal static partial int posix_spawn_file_actions_destroy(byte* actions);
    [LibraryImport(Name)] internal static partial int posix_spawn_file_actions_adddup2(byte* actions, int fd, int newfd);
    [LibraryImport(Name)] internal static partial int posix_spawn_file_actions_addchdir_np(byte* actions, byte* path);
    [LibraryImport(Name)] internal static partial int posix_spawn_file_actions_addclosefrom_np(byte* actions, int from);
    [LibraryImport(Name)] internal static partial int posix_spawnattr_init(byte* attributes);
    [LibraryImport(Name)] internal static partial int posix_spawnattr_destroy(byte* attributes);
    [LibraryImport(Name)] internal static partial int posix_spawnattr_setflags(byte* attributes, short flags);
    [LibraryImport(Name)] internal static partial int posix_spawnattr_setpgroup(byte* attributes, int group);
    [LibraryImport(Name)] internal static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* set);
    [LibraryImport(Name)] internal static partial int posix_spawnattr_setsigmask(byte* attributes, byte* set);
    [LibraryImport(Name)] internal static partial int sigemptyset(byte* set);
    [LibraryImport(Name, EntryPoint = "pipe2", SetLastError = true)] internal static partial int spawn_pipe2(int* fds, int flags);
    [LibraryImport(Name, EntryPoint = "kill", SetLastError = true)] internal static partial int spawn_kill(int pid, int signal);
}
