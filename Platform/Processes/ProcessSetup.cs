using System.Text;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Processes;

/// <summary>
/// Carries a <see cref="ProcessPlan"/> out on the calling thread, which must be the main one, after pivot_root. In this order:
/// <see cref="BeforeReady"/>, then <see cref="ApplyCredentials"/>, then <see cref="Confine"/> if something still runs under the filter
/// before the program (startContainer hooks), then <see cref="Execute"/>.
/// </summary>
/// <remarks>
/// What runs after the filter is loaded may be refused any system call, so all that can be done before is done before; then only
/// capset (where no_new_privs is not set) and execve are left. Failures are <see cref="SyscallException"/> and <see cref="ContainerException"/>.
/// </remarks>
/// <param name="plan">What to do.</param>
/// <param name="procfs">The root of a procfs that the container cannot have tampered with; needed for oom_score_adj and security labels.</param>
/// <param name="warn">Takes what was asked for and cannot be had.</param>
public sealed partial class ProcessSetup(ProcessPlan plan, FdHandle? procfs, Action<string> warn) : IDisposable
{
    private string? _executable;
    private IReadOnlyList<string> _environment = plan.Env;
    private ExecImage? _image;
    private bool _chdirPending;
    private bool _confined;

    /// <summary>The program's environment, HOME included, once <see cref="BeforeReady"/> has returned.</summary>
    public IReadOnlyList<string> Environment => _environment;

    /// <summary>Makes the working directory if it is not there. To be called while the root can be written; <see cref="BeforeReady"/> does it otherwise.</summary>
    public void CreateWorkingDirectory()
    {
        if (!plan.CreateCwd || ProcessCalls.Stat(null, plan.Cwd, out _) == 0) return;
        for (var end = plan.Cwd.IndexOf('/', 1); ; end = plan.Cwd.IndexOf('/', end + 1))
        {
            var prefix = end < 0 ? plan.Cwd : plan.Cwd[..end];
            // A name that is taken by anything but a directory shows at the next step, or at chdir.
            if (prefix.Length > 0 && prefix[^1] != '/') Sys.MakeDirectory(null, prefix, 0x1ed); // 0755
            if (end < 0) return;
        }
    }

    /// <summary>Everything that needs no privilege to be given up, and everything that can be wrong with the program's name.</summary>
    public void BeforeReady()
    {
        foreach (var warning in plan.Warnings) warn(warning);
        JoinKeyring();
        SetOomScore();
        plan.Scheduler?.Apply();
        if (plan.IoPriority is { } priority) IoPriorities.Apply(priority);
        if (plan.Personality is { } persona) Check(ProcessCalls.Personality(persona), "set the personality");
        plan.MemoryPolicy?.Apply();
        // Only made room for here: the limits themselves come last, where the runtime has nothing left to do that they could stop.
        foreach (var limit in plan.Rlimits) limit.Raise(0);
        EnterWorkingDirectory();
        if (plan.Umask is { } umask) ProcessCalls.Umask(umask);
        if (ProcessEnvironment.Value(plan.Env, "HOME") is null) _environment = [.. plan.Env, $"HOME={UserDatabase.HomeOf(plan.Uid)}"];
        if (!_chdirPending) FindExecutable();
    }

    /// <summary>
    /// Ends in execve(2), and returns its errno if that fails; <see cref="DescribeFailure"/> puts it into words. Of the open descriptors,
    /// 0 to 2 and the plan's preserved ones survive.
    /// </summary>
    /// <param name="onListener">As for <see cref="Confine"/>.</param>
    public int Execute(Action<int>? onListener = null)
    {
        var image = Image();
        // Nothing of the runtime may use a signal from here on: its handlers are gone.
        image.ResetSignals();
        Confine(onListener);
        return image.Execute();
    }

    /// <summary>"exec /bin/x: exec format error"</summary>
    public string DescribeFailure(int errno) => $"exec {_executable}: {Errno.Text(errno)}";

    public void Dispose() => _image?.Dispose();

    private static void Check(int errno, string action)
    {
        if (errno != 0) throw new SyscallException(action, errno);
    }

    private ExecImage Image() => _image ??= new ExecImage(
        _executable ?? throw new InvalidOperationException("BeforeReady and ApplyCredentials come first"),
        plan.Args,
        _environment,
        plan.Seccomp is { } seccomp ? seccomp.Bpf.Span : [],
        plan.Seccomp?.Flags ?? 0);

    private void JoinKeyring()
    {
        if (plan.Keyring is not { } keyring) return;
        // A key is labelled as its maker says.
        if (plan.SelinuxLabel is { } label) WriteAttribute("keycreate", label);
        keyring.Apply(warn);
        if (plan.SelinuxLabel is not null) WriteAttribute("keycreate", "");
    }

    private void SetOomScore()
    {
        if (plan.OomScoreAdj is not { } score) return;
        Span<byte> now = stackalloc byte[16];
        int length;
        using (var present = OpenProc("self/oom_score_adj", Sys.ORdOnly)) length = Sys.Read(present, now, "oom_score_adj");
        var wanted = Encoding.UTF8.GetBytes(score.ToString(null, null));
        // A process outside the container may have set it: lowering takes a privilege that a user namespace does not give.
        if (now[..length].TrimEnd((byte)'\n').SequenceEqual(wanted)) return;
        using var file = TryOpenProc("self/oom_score_adj", Sys.OWrOnly, out var errno);
        if (file is not null) errno = Sys.TryWrite(file, wanted);
        if (errno is Errno.EACCES or Errno.EPERM && plan.OomScoreAdjMayFail) warn($"oom_score_adj stays at {Encoding.UTF8.GetString(now[..length]).TrimEnd()}: {Errno.Text(errno)}");
        else if (errno != 0) throw new SyscallException($"failed to update oom_score_adj to {score}", errno);
    }

    private void EnterWorkingDirectory()
    {
        var errno = ProcessCalls.ChangeDirectory(plan.Cwd);
        if (errno == Errno.ENOENT && plan.CreateCwd)
        {
            CreateWorkingDirectory();
            errno = ProcessCalls.ChangeDirectory(plan.Cwd);
        }

        // A directory that only the container's user may enter (a volume of another user's, seen from a user namespace).
        _chdirPending = errno is Errno.EACCES or Errno.EPERM;
        if (_chdirPending) return;
        CheckChdir(errno);
        VerifyWorkingDirectory();
    }

    private void CheckChdir(int errno)
    {
        if (errno != 0) throw new SyscallException($"chdir to cwd (\"{plan.Cwd}\") set in config.json failed", errno);
    }

    /// <summary>CVE-2024-21626: a working directory such as /proc/self/fd/7 leads out of the container by a descriptor of the runtime's.</summary>
    private static void VerifyWorkingDirectory()
    {
        var path = ProcessCalls.CurrentDirectory(out var errno);
        if (errno == Errno.ENOENT || path is not null && path[0] != '/')
            throw new ContainerException("current working directory is outside of container mount namespace root -- possible container breakout detected");
        Check(errno, "failed to verify if current working directory is safe");
    }

    private FdHandle OpenProc(string path, int flags) =>
        TryOpenProc(path, flags, out var errno) ?? throw new SyscallException($"open {path} of procfs", errno);

    private FdHandle? TryOpenProc(string path, int flags, out int errno)
    {
        if (procfs is null) throw new InvalidOperationException($"no procfs was handed in to open {path}");
        errno = ProcessCalls.OpenProc(procfs, path, flags, out var file);
        if (file is null || ProcessCalls.IsProc(file)) return file;
        file.Dispose();
        throw new ContainerException($"{path} is not on a procfs -- possible container breakout detected");
    }

    private void WriteAttribute(string name, string value)
    {
        if (!TryWriteAttribute(name, value)) throw new SyscallException($"open /proc/thread-self/attr/{name}", Errno.ENOENT);
    }

    /// <summary>False when there is no such attribute.</summary>
    private bool TryWriteAttribute(string name, string value)
    {
        using var file = TryOpenProc($"thread-self/attr/{name}", Sys.OWrOnly, out var errno);
        if (errno == Errno.ENOENT) return false;
        if (errno != 0) throw new SyscallException($"open /proc/thread-self/attr/{name}", errno);
        errno = Sys.TryWrite(file!, Encoding.UTF8.GetBytes(value));
        return errno == 0 ? true : throw new SyscallException($"write /proc/thread-self/attr/{name}", errno);
    }
}
