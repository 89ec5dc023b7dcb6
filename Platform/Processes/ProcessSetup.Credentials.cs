using System.Numerics;
using System.Text;
using Anocir.Platform.Security;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Processes;

public sealed partial class ProcessSetup
{
    private const int FirstExtraFd = 3;

    private CapabilityState? _capabilitiesAfterFilter;
    private bool _groupsSet;

    /// <summary>Becomes the plan's user with the plan's capabilities. Without no_new_privs and with a filter to load, CAP_SYS_ADMIN is kept until <see cref="Confine"/>.</summary>
    public void ApplyCredentials()
    {
        // Both need descriptors and rights that go away below.
        GiveStandardStreams();
        SetLabels();
        var parentDeathSignal = ProcessCalls.ParentDeathSignal();
        if (plan.Capabilities is { } dropped) DropBounding(dropped.Bounding);
        Check(-ProcessCalls.Prctl(ProcessCalls.PrSetKeepCaps, 1), "unable to set keep caps");
        SetGroups();
        CheckMapped(ProcessCalls.SetGid(plan.Gid), "gid", plan.Gid);
        CheckMapped(ProcessCalls.SetUid(plan.Uid), "uid", plan.Uid);
        if (_chdirPending)
        {
            CheckChdir(ProcessCalls.ChangeDirectory(plan.Cwd));
            VerifyWorkingDirectory();
            _chdirPending = false;
            FindExecutable();
        }

        Check(-ProcessCalls.Prctl(ProcessCalls.PrSetKeepCaps, 0), "unable to clear keep caps");
        // The image takes memory, and the limits may leave none to take.
        Image();
        foreach (var limit in plan.Rlimits) limit.Apply(0);
        SetCapabilities();
        if (plan.NoNewPrivileges) Check(-ProcessCalls.Prctl(ProcessCalls.PrSetNoNewPrivs, 1), "set no_new_privs");
        // A change of user clears it.
        RestoreParentDeathSignal(parentDeathSignal);
    }

    /// <summary>
    /// Loads the seccomp filter, after which nothing should be done but what has to. <see cref="Execute"/> calls it as its last step but one,
    /// unless it was called before.
    /// </summary>
    /// <param name="onListener">
    /// Gets the notification descriptor of a filter with SCMP_ACT_NOTIFY, under that filter: it may tell another process of it by write(2)
    /// and wait for an answer by read(2), which then takes a copy with pidfd_getfd. The descriptor is close-on-exec.
    /// </param>
    public void Confine(Action<int>? onListener = null)
    {
        if (_confined) return;
        _confined = true;
        for (var fd = FirstExtraFd; fd < FirstExtraFd + plan.PreservedFds; fd++)
            if (ProcessCalls.SetCloseOnExec(fd, false) is var refused and not 0) throw new SyscallException($"pass file descriptor {fd} on", refused);
        ProcessCalls.CloseOnExecFrom(FirstExtraFd + plan.PreservedFds);
        if (plan.Seccomp is null) return;
        var errno = Image().LoadFilter(_capabilitiesAfterFilter, onListener, out var filterRefused);
        Check(errno, filterRefused ? "error loading seccomp filter into kernel" : "unable to apply caps");
    }

    private static void CheckMapped(int errno, string kind, uint id)
    {
        if (errno == Errno.EINVAL) throw new ContainerException($"cannot set{kind} to unmapped {kind} {id} in user namespace");
        if (errno != 0) throw new SyscallException($"set{kind} {id}", errno);
    }

    /// <summary>
    /// The program must be able to reopen its own streams (/dev/stdout). Devices are left alone, or a container would own the host's
    /// /dev/null; a pseudo-terminal is the container's own.
    /// </summary>
    private void GiveStandardStreams()
    {
        const uint firstPtySlave = 136, lastPtySlave = 143, keepGroup = uint.MaxValue;
        for (var fd = 0; fd < FirstExtraFd; fd++)
        {
            if (ProcessCalls.Stat(fd, "", out var facts) != 0 || facts.Uid == plan.Uid || facts.IsBlockDevice) continue;
            if (facts.IsCharacterDevice && facts.DeviceMajor is < firstPtySlave or > lastPtySlave) continue;
            // Refused for an owner that the user namespace does not map, or on a read-only file system: then it stays as it is.
            Libc.fchown(fd, plan.Uid, keepGroup);
        }
    }

    private void SetLabels()
    {
        if (plan.SelinuxLabel is { } label) WriteAttribute("exec", label);
        // Before Linux 5.8 AppArmor has no directory of its own.
        if (plan.AppArmorProfile is { } profile && !TryWriteAttribute("apparmor/exec", $"exec {profile}"))
            WriteAttribute("exec", $"exec {profile}");
    }

    private static void DropBounding(ulong keep)
    {
        for (var capability = 0; capability < 64; capability++)
        {
            if ((keep >> capability & 1) != 0) continue;
            var errno = -ProcessCalls.Prctl(ProcessCalls.PrCapBSetDrop, capability);
            if (errno == Errno.EINVAL) return; // past the kernel's last
            if (errno != 0 && IsBounding(capability)) throw new SyscallException($"unable to apply bounding set: drop {CapabilityNames.Of(capability)}", errno);
        }
    }

    private static bool IsBounding(int capability) => ProcessCalls.Prctl(ProcessCalls.PrCapBSetRead, capability) == 1;

    private void SetGroups()
    {
        if (_groupsSet || plan.Setgroups == SetgroupsPolicy.Keep) return;
        _groupsSet = true;
        var errno = ProcessCalls.SetGroups([.. plan.AdditionalGids]);
        if (errno == 0) return;
        if (errno == Errno.EINVAL) throw new ContainerException($"cannot set unmapped additional gids {string.Join(", ", plan.AdditionalGids)} in user namespace");
        if (errno != Errno.EPERM || !SetgroupsDenied()) throw new SyscallException("setgroups", errno);
        if (plan.AdditionalGids.Count > 0) warn($"setgroups is denied in this user namespace, additional gids {string.Join(", ", plan.AdditionalGids)} are not set");
    }

    private bool SetgroupsDenied()
    {
        if (procfs is null) return false;
        using var file = OpenProc("self/setgroups", Sys.ORdOnly);
        Span<byte> text = stackalloc byte[16];
        return Encoding.UTF8.GetString(text[..Sys.Read(file, text, "setgroups")]).StartsWith("deny", StringComparison.Ordinal);
    }

    private void SetCapabilities()
    {
        Check(ProcessCalls.GetCapabilities(out var now), "capget");
        var final = plan.Capabilities is { } sets ? Grantable(sets, now) : now;
        var needsAdmin = plan.Seccomp is not null && !plan.NoNewPrivileges;
        var admin = 1UL << CapabilityNames.SysAdmin & now.Permitted;
        var until = needsAdmin ? final with { Permitted = final.Permitted | admin, Effective = final.Effective | admin } : final;
        if (until != now) Check(ProcessCalls.SetCapabilities(until), "unable to apply caps");
        if (until != final) _capabilitiesAfterFilter = final;
        if (plan.Capabilities is not { } wanted) return;

        // An ambient capability goes when it leaves the permitted or inheritable set, so these may be raised now.
        var cleared = ProcessCalls.Prctl(ProcessCalls.PrCapAmbient, ProcessCalls.PrCapAmbientClearAll);
        if (cleared < 0 && cleared != -Errno.EINVAL) throw new SyscallException("clear the ambient capabilities", -cleared);
        for (var capability = 0; capability < 64; capability++)
        {
            if ((wanted.Ambient >> capability & 1) == 0) continue;
            var errno = -ProcessCalls.Prctl(ProcessCalls.PrCapAmbient, ProcessCalls.PrCapAmbientRaise, capability);
            if (errno != 0) warn($"can't raise ambient capability {CapabilityNames.Of(capability)}: {Errno.Text(errno)}");
        }
    }

    /// <summary>What capset(2) will not refuse. config.md: a capability that cannot be granted is a warning, not an error.</summary>
    private CapabilityState Grantable(CapabilitySets wanted, CapabilityState now)
    {
        var permitted = wanted.Permitted & now.Permitted;
        var effective = wanted.Effective & permitted;
        var inheritable = wanted.Inheritable & (now.Inheritable | now.Permitted);
        for (var left = inheritable & ~now.Inheritable; left != 0; left &= left - 1)
            if (BitOperations.TrailingZeroCount(left) is var capability && !IsBounding(capability)) inheritable &= ~(1UL << capability);
        Missing("permitted", wanted.Permitted & ~permitted);
        Missing("effective", wanted.Effective & ~effective & ~(wanted.Permitted & ~permitted));
        Missing("inheritable", wanted.Inheritable & ~inheritable);
        return new CapabilityState(effective, permitted, inheritable);

        void Missing(string set, ulong mask)
        {
            if (mask != 0) warn($"cannot grant {set} capabilities: {CapabilityNames.Describe(mask)}");
        }
    }

    /// <summary>
    /// Looks the program up with the container user's rights, so that what it may not execute fails here: a change of fsuid away from
    /// root's takes the file capabilities along, and back again.
    /// </summary>
    private void FindExecutable()
    {
        SetGroups();
        Check(ProcessCalls.GetCapabilities(out var before), "capget");
        // A change of fsuid resets both.
        var parentDeathSignal = ProcessCalls.ParentDeathSignal();
        var dumpable = ProcessCalls.Prctl(ProcessCalls.PrGetDumpable) == 1;
        var uid = ProcessCalls.SetFsUid(plan.Uid);
        var gid = ProcessCalls.SetFsGid(plan.Gid);
        try
        {
            if (plan.Capabilities is { } sets)
                Check(ProcessCalls.SetCapabilities(before with { Effective = sets.Effective & sets.Permitted & before.Permitted }), "capset");
            _executable = ExecutableLookup.Find(plan.Args[0], ProcessEnvironment.Value(plan.Env, "PATH"));
        }
        finally
        {
            ProcessCalls.SetFsUid(uid);
            ProcessCalls.SetFsGid(gid);
            Check(ProcessCalls.SetCapabilities(before), "capset");
            RestoreParentDeathSignal(parentDeathSignal);
            if (dumpable) Check(-ProcessCalls.Prctl(ProcessCalls.PrSetDumpable, 1), "stay dumpable");
        }
    }

    private static void RestoreParentDeathSignal(int signal)
    {
        if (signal != 0) Check(-ProcessCalls.Prctl(ProcessCalls.PrSetPdeathSig, signal), "restore the parent death signal");
    }
}
