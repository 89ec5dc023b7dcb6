using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Processes;

/// <summary>ioprio_set(2): a class and a priority in one number.</summary>
public static class IoPriorities
{
    private const int ClassShift = 13;

    // The number of a class is its place.
    private static readonly string[] ClassNames = ["IOPRIO_CLASS_NONE", "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE"];

    /// <summary>The classes that config.json may name.</summary>
    public static IReadOnlyList<string> Classes { get; } = ClassNames[1..];

    /// <exception cref="ContainerException">Another class, or a priority outside 0 to 7.</exception>
    public static int Parse(Oci.IoPriority priority)
    {
        if (priority.Priority is < 0 or > 7) throw new ContainerException($"invalid ioPriority.Priority: {priority.Priority}");
        var number = Array.IndexOf(ClassNames, priority.Class);
        return number > 0 ? number << ClassShift | priority.Priority : throw new ContainerException($"invalid ioPriority.Class: \"{priority.Class}\"");
    }

    internal static void Apply(int value)
    {
        var errno = ProcessCalls.SetIoPriority(value);
        if (errno != 0) throw new SyscallException($"failed to set io priority {ClassNames[value >> ClassShift & 3]} {value & 7}", errno);
    }
}
