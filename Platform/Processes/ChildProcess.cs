using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;

namespace Anocir.Platform.Processes;

/// <summary>A child of this process with captured output, waited for through the reactor: no thread blocks while it runs.</summary>
/// <remarks>
/// System.Diagnostics.Process cannot give argv[0], waits on a thread, and takes every SIGCHLD to be about its own children;
/// so the child is spawned by the C library and reaped by waitid(P_PIDFD), which concerns no other child.
/// Its input is a file in memory: there is nobody to block, and no SIGPIPE, when it reads none of it.
/// The end of the program is the end of the wait, even where something it left behind holds its output open.
/// </remarks>
public sealed class ChildProcess
{
    private const int SigKill = 9;
    private readonly IReactor _reactor;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<ChildProcessResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Capture _output;
    private readonly Capture _errors;
    private readonly FdHandle _pidfd;
    private IDisposable? _exitWatch;
    private bool _ended;

    private ChildProcess(IReactor reactor, int pid, FdHandle pidfd, Capture output, Capture errors)
    {
        _reactor = reactor;
        Pid = pid;
        _pidfd = pidfd;
        _output = output;
        _errors = errors;
    }

    /// <summary>Names the child until <see cref="Completion"/> has ended, and nobody for certain after.</summary>
    public int Pid { get; }

    /// <summary>Ends when the program has ended and been reaped.</summary>
    public Task<ChildProcessResult> Completion => _completion.Task;

    /// <summary>Starts the program. Returns when execve(2) has succeeded, so it may wait for the filesystem of the program.</summary>
    /// <exception cref="SyscallException">"exec PATH in DIRECTORY" and the errno, when it could not be started.</exception>
    /// <exception cref="ContainerException">A string that no C string can hold.</exception>
    public static ChildProcess Start(ChildProcessStart start, IReactor reactor)
    {
        using var input = Sys.MemoryFile("anocir-input", start.Input.Span);
        var (outputRead, outputWrite) = Sys.OutputPipe();
        using var closeOutput = outputWrite;
        var output = new Capture(outputRead, start.OutputLimit);
        Capture? errors = null;
        try
        {
            var (errorsRead, errorsWrite) = Sys.OutputPipe();
            using var closeErrors = errorsWrite;
            errors = new Capture(errorsRead, start.OutputLimit);
            var pid = Sys.Spawn(start.Path, start.Arguments, start.Environment, start.WorkingDirectory, input, outputWrite, errorsWrite);
            return Watched(pid, reactor, output, errors);
        }
        catch
        {
            output.Dispose();
            errors?.Dispose();
            throw;
        }
    }

    /// <summary>SIGKILL to every process of the child's group, unless the child has been reaped already.</summary>
    public void KillGroup()
    {
        lock (_lock)
        {
            if (!_ended) Sys.KillChildGroup(Pid, SigKill);
        }
    }

    private static ChildProcess Watched(int pid, IReactor reactor, Capture output, Capture errors)
    {
        FdHandle? pidfd = null;
        ChildProcess? child = null;
        try
        {
            pidfd = Sys.OpenChild(pid);
            child = new ChildProcess(reactor, pid, pidfd, output, errors);
            lock (child._lock)
            {
                child.WatchOutput(output);
                child.WatchOutput(errors);
                child._exitWatch = reactor.Watch(pidfd, ReactorEvents.Readable, child.OnExit);
            }

            return child;
        }
        catch
        {
            // Out of descriptors, for one: what cannot be watched must not run.
            child?.Abandon();
            Sys.KillAndReap(pid);
            pidfd?.Dispose();
            throw;
        }
    }

    // A callback already under way must not touch descriptors that are about to be closed.
    private void Abandon()
    {
        lock (_lock) _ended = true;
    }

    private void WatchOutput(Capture capture) =>
        capture.Watch = _reactor.Watch(capture.Pipe, ReactorEvents.Readable, _ => OnOutput(capture));

    private void OnOutput(Capture capture)
    {
        lock (_lock)
        {
            if (_ended) return;
            capture.Watch?.Dispose();
            capture.Watch = null;
            if (capture.Drain()) WatchOutput(capture);
        }
    }

    private void OnExit(ReactorEvents events)
    {
        ChildProcessResult result;
        lock (_lock)
        {
            if (_ended) return;
            _exitWatch?.Dispose();
            _exitWatch = null;
            if (!Sys.TryReap(_pidfd, out var status))
            {
                _exitWatch = _reactor.Watch(_pidfd, ReactorEvents.Readable, OnExit);
                return;
            }

            _ended = true;
            _output.Drain();
            _errors.Drain();
            _output.Dispose();
            _errors.Dispose();
            _pidfd.Dispose();
            result = new ChildProcessResult(status, _output.Text(), _errors.Text());
        }

        _completion.SetResult(result);
    }
}
