using Anocir.Platform.Cgroups.V1;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Cgroups;

/// <summary>Makes the directories of one cgroup, and knows how to undo that.</summary>
/// <remarks>
/// Every mkdir in cgroupfs takes one lock of the whole kernel, so doing the hierarchies in parallel gains nothing; doing little does:
/// the leaf is tried first, parents only when it says ENOENT.
/// </remarks>
internal sealed class CgroupMaker(CgroupHost host)
{
    // A parent can be removed between its mkdir and its child's, by another container that leaves it.
    private const int Attempts = 20;
    private const uint Mode = 0x1ed; // 0755

    private readonly List<CgroupDirectory> _made = [];

    /// <summary>In the order they were made, parents first.</summary>
    internal IReadOnlyList<CgroupDirectory> Made => _made;

    /// <summary>True when the directory was made, false when it was there.</summary>
    internal bool Make(CgroupDirectory directory, Resources? resources)
    {
        var madeBefore = _made.Count;
        var isNew = MakeWithParents(directory);
        if (directory.Hierarchy.IsUnified)
        {
            EnableControllers(directory, resources);
            if (host.Layout == CgroupLayout.Unified) CheckType(directory, resources);
        }
        else if (directory.Hierarchy.Has("cpuset"))
        {
            for (var i = madeBefore; i < _made.Count - (isNew ? 1 : 0); i++) CpusetV1.Initialise(_made[i], null, isNew: true);
            CpusetV1.Initialise(directory, resources?.Cpu, isNew);
        }

        return isNew;
    }

    internal void Undo()
    {
        for (var i = _made.Count - 1; i >= 0; i--) Sys.RemoveDirectory(_made[i].Hierarchy.Root, _made[i].Path);
        _made.Clear();
    }

    private bool MakeWithParents(CgroupDirectory directory)
    {
        for (var attempt = 0; ; attempt++)
        {
            var errno = CgroupCalls.TryMakeDirectory(directory.Hierarchy.Root, directory.Path, Mode);
            switch (errno)
            {
                case 0:
                    _made.RemoveAll(d => d.Hierarchy == directory.Hierarchy && d.Path == directory.Path);
                    _made.Add(directory);
                    return true;
                case Errno.EEXIST:
                    return false;
                case Errno.ENOENT when attempt < Attempts && directory.Parent is { Path.Length: > 0 } parent:
                    MakeWithParents(parent);
                    break;
                default:
                    throw new SyscallException($"mkdir {directory.Absolute}", errno);
            }
        }
    }

    // cgroup-v2.rst, "Enabling and Disabling": a controller is in a cgroup when every ancestor has it in subtree_control. On a pure
    // version 2 host all are wanted, limits or not: engines read usage from them. Beside version 1 only what was asked for.
    private void EnableControllers(CgroupDirectory directory, Resources? resources)
    {
        var root = directory.Hierarchy;
        string[] wanted = host.Layout == CgroupLayout.Unified
            ? [.. root.Controllers]
            : [.. CgroupLimits.Controllers(resources).Where(c => root.Has(c) && !host.Hierarchies.Any(h => !h.IsUnified && h.Has(V1Name(c)))).Distinct()];
        if (wanted.Length == 0 || directory.Parent is not { } parent || HasAll(parent, wanted)) return;
        var line = string.Join(' ', wanted.Select(c => "+" + c));
        var ancestors = new List<CgroupDirectory>();
        for (CgroupDirectory? a = parent; a is not null; a = a.Parent) ancestors.Add(a);
        for (var i = ancestors.Count - 1; i >= 0; i--)
        {
            if (ancestors[i].TryWrite("cgroup.subtree_control", line) == 0) continue;
            // One that is not to be had must not cost the others. What a limit needs and is not there, fails when the limit is written.
            foreach (var controller in wanted) ancestors[i].TryWrite("cgroup.subtree_control", "+" + controller);
        }
    }

    private static bool HasAll(CgroupDirectory directory, string[] controllers)
    {
        if (directory.TryRead("cgroup.subtree_control", out _) is not { } text) return false;
        var enabled = text.Split(' ');
        return Array.TrueForAll(controllers, c => Array.IndexOf(enabled, c) >= 0);
    }

    private static string V1Name(string controller) => controller == "io" ? "blkio" : controller;

    // cgroup-v2.rst, "Threads": below a cgroup that has both processes and controllers, only threaded cgroups can be entered.
    private static void CheckType(CgroupDirectory directory, Resources? resources)
    {
        var type = directory.TryRead("cgroup.type", out _);
        if (type is null or "domain") return;
        if (CgroupLimits.Controllers(resources).Any(c => c is not ("pids" or "cpu" or "cpuset")))
            throw new ContainerException($"cannot enter cgroupv2 \"{directory.Absolute}\" with domain controllers -- it is in {(type == "domain invalid" ? "an invalid state" : type + " mode")}");
        if (type == "domain invalid") directory.Write("cgroup.type", "threaded");
    }
}
