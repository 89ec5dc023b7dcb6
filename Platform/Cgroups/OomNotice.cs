using System.Buffers.Binary;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>
/// Tells when the kernel runs out of the memory that a cgroup may have. Poll <see cref="Descriptor"/> for POLLIN; when it is ready,
/// <see cref="Read"/> says what happened.
/// </summary>
public sealed class OomNotice : IDisposable
{
    private readonly CgroupDirectory _memory;
    private ulong _kills;

    private OomNotice(CgroupDirectory memory, FdHandle descriptor)
    {
        _memory = memory;
        Descriptor = descriptor;
        _kills = Kills(memory) ?? 0;
    }

    /// <summary>Non-blocking: an eventfd (version 1) or an inotify descriptor (version 2).</summary>
    public FdHandle Descriptor { get; }

    /// <summary>Takes what was announced. Never blocks.</summary>
    public OomReading Read()
    {
        Span<byte> buffer = stackalloc byte[4096];
        var length = CgroupCalls.ReadAvailable(Descriptor, buffer, "OOM notice");
        var kills = Kills(_memory);
        // The eventfd is also written when the cgroup is removed, and inotify says IN_IGNORED.
        if (kills is null && _memory.TryRead("cgroup.procs", out _) is null) return OomReading.Gone;
        if (length == 0) return OomReading.Nothing;
        if (!_memory.Hierarchy.IsUnified) return BinaryPrimitives.ReadUInt64LittleEndian(buffer) > 0 ? OomReading.OutOfMemory : OomReading.Nothing;
        // memory.events changes for other reasons too: reclaim at the high and max marks.
        if (kills is not { } now || now <= _kills) return OomReading.Nothing;
        _kills = now;
        return OomReading.OutOfMemory;
    }

    public void Dispose() => Descriptor.Dispose();

    internal static OomNotice Open(CgroupDirectory memory)
    {
        if (memory.Hierarchy.IsUnified)
            return new OomNotice(memory, CgroupCalls.Watch($"{memory.Absolute}/memory.events", CgroupCalls.InModify));
        var eventFd = CgroupCalls.EventFd();
        try
        {
            using var control = memory.Open("memory.oom_control", Sys.ORdOnly);
            memory.Write("cgroup.event_control", $"{eventFd.Value} {control.Value}");
            return new OomNotice(memory, eventFd);
        }
        catch (SyscallException)
        {
            eventFd.Dispose();
            throw;
        }
    }

    /// <summary>Kills so far, those of sub-cgroups included on version 2; null when the kernel does not count them or the cgroup is gone.</summary>
    internal static long? Count(CgroupDirectory memory) => (long?)Kills(memory);

    private static ulong? Kills(CgroupDirectory memory) =>
        memory.ReadKey(memory.Hierarchy.IsUnified ? "memory.events" : "memory.oom_control", "oom_kill");
}
