using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Processes;

/// <summary>A limit of prlimit(2): resource number, soft and hard limit (all ones is unlimited) in the resource's own unit.</summary>
public sealed record ResourceLimit(int Resource, ulong Soft, ulong Hard)
{
    private static readonly string[] ByNumber =
    [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE",
        "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
    ];

    /// <summary>The names, in the order of their numbers.</summary>
    public static IReadOnlyList<string> Names => ByNumber;

    public string Name => ByNumber[Resource];

    /// <exception cref="ContainerException">A name unknown or given twice, or a soft limit above the hard one.</exception>
    public static IReadOnlyList<ResourceLimit> Parse(IReadOnlyList<Oci.Rlimit> rlimits)
    {
        var limits = new List<ResourceLimit>(rlimits.Count);
        foreach (var rlimit in rlimits)
        {
            var resource = Array.IndexOf(ByNumber, rlimit.Type);
            if (resource < 0) throw new ContainerException($"wrong rlimit value: {rlimit.Type}");
            if (limits.Exists(l => l.Resource == resource)) throw new ContainerException($"rlimit {rlimit.Type} is given more than once");
            if (rlimit.Soft > rlimit.Hard) throw new ContainerException($"rlimit {rlimit.Type} has soft limit {rlimit.Soft} above its hard limit {rlimit.Hard}");
            limits.Add(new ResourceLimit(resource, rlimit.Soft, rlimit.Hard));
        }

        return limits;
    }

    /// <summary>
    /// Makes room: raises the hard limit if it is below this one, leaving the soft limit. It is the one step that needs a privilege
    /// (CAP_SYS_RESOURCE in the first user namespace), so for a container with its own user namespace a process outside does it.
    /// </summary>
    /// <param name="pid">Whose limit; 0 is the caller.</param>
    public void Raise(int pid)
    {
        var now = Current(pid);
        if (now.Hard < Hard) Set(pid, now with { Hard = Hard });
    }

    /// <summary>Sets both limits as given.</summary>
    public void Apply(int pid)
    {
        var wanted = new ResourceLimits(Soft, Hard);
        if (Current(pid) != wanted) Set(pid, wanted);
    }

    public void Write(WireWriter to) => to.Int(Resource).Long((long)Soft).Long((long)Hard);

    public static ResourceLimit Read(WireReader from)
    {
        var resource = from.Int();
        if (resource < 0 || resource >= ByNumber.Length) throw new InvalidDataException($"message holds resource {resource}");
        return new ResourceLimit(resource, (ulong)from.Long(), (ulong)from.Long());
    }

    private ResourceLimits Current(int pid)
    {
        var errno = ProcessCalls.GetLimit(pid, Resource, out var limits);
        return errno == 0 ? limits : throw new SyscallException($"read {Name}", errno);
    }

    private void Set(int pid, ResourceLimits limits)
    {
        var errno = ProcessCalls.SetLimit(pid, Resource, limits);
        if (errno != 0) throw new SyscallException($"error setting rlimit {Name} to {Soft}:{Hard}", errno);
    }
}
