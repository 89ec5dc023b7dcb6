namespace Anocir.Platform.Ipc;

/// <summary>What a frame says. Who sends it stands beside it.</summary>
public enum FrameKind : byte
{
    /// <summary>Caller → supervisor: the one request of a connection. Body: <see cref="Request"/>.</summary>
    Request = 1,
    /// <summary>Supervisor → caller: clone as told. Body: <see cref="LaunchTicket"/>.</summary>
    Launch = 2,
    /// <summary>Caller → supervisor: init, or the process of an exec, exists. Body: its pid; descriptor 0: its pidfd, then the user namespaces of <see cref="LaunchTicket.UserNamespaces"/>.</summary>
    Launched = 3,
    /// <summary>Caller → supervisor: init could not be cloned. Body: why.</summary>
    LaunchFailed = 4,
    /// <summary>Supervisor → caller: the answer, and the last frame. Body: <see cref="Answer"/>.</summary>
    Answer = 5,
    /// <summary>Supervisor → caller: this supervisor serves other namespaces (body: the name of the caller's own), or is of another build and ends (body: empty).</summary>
    WrongSupervisor = 6,
    /// <summary>Caller → supervisor: a signal for the foreground container. Body: its number.</summary>
    Signal = 7,
    /// <summary>Caller → supervisor: the caller's terminal changed its size. Body: rows, columns.</summary>
    Resize = 8,
    /// <summary>Caller → supervisor: the foreground container has ended; answer when its last output is out.</summary>
    Drain = 9,
    /// <summary>Supervisor → caller: an event that the caller follows. Body: the line. The next one comes after <see cref="Taken"/>.</summary>
    Event = 12,
    /// <summary>Caller → supervisor: the line of <see cref="Event"/> is out.</summary>
    Taken = 13,
    /// <summary>Supervisor → init: everything to do up to <see cref="Ready"/>. Body: the init plan, or that of an exec.</summary>
    Plan = 20,
    /// <summary>Init → supervisor: mounts are made; the runtime's hooks may run now.</summary>
    RootfsReady = 21,
    /// <summary>Supervisor → init: go on. After <see cref="RootfsReady"/>: the hooks have run. After <see cref="Ready"/>: the creation is stored, outlive me.</summary>
    Continue = 22,
    /// <summary>Init → supervisor: a hook that init itself ran has ended. Body: <see cref="HookReport"/>.</summary>
    HookReport = 23,
    /// <summary>Init, or a caller that restores, → supervisor: the master of the container's terminal; descriptor 0.</summary>
    Console = 24,
    /// <summary>Init → supervisor: only the user's program is left to do.</summary>
    Ready = 25,
    /// <summary>Supervisor → init: start; in place of the <see cref="Continue"/> after <see cref="Ready"/>, or over a new connection later.</summary>
    Start = 26,
    /// <summary>Init → supervisor: the next call is execve; the end of the connection means that it succeeded.</summary>
    Executing = 27,
    /// <summary>Init → supervisor: what went wrong. Body: the text.</summary>
    Failed = 28,
    /// <summary>
    /// Init → supervisor, after <see cref="Executing"/> and under the filter: the filter has a listener. Body: its descriptor in init. Init
    /// waits for <see cref="Continue"/>, so that it is not the program that waits for an agent that never got it.
    /// </summary>
    SeccompListener = 29,
    /// <summary>Init → supervisor: what was asked for and is not to be had, and no reason to fail. Body: the text.</summary>
    Warning = 30,
    /// <summary>Supervisor → caller: have CRIU dump the container. Body: the checkpoint plan.</summary>
    Checkpoint = 40,
    /// <summary>Supervisor → caller: have CRIU restore the container. Body: the restore plan.</summary>
    Restore = 41,
    /// <summary>Caller → supervisor: CRIU waits for its request; put it into the container's cgroup. Body: its pid. Answered by <see cref="Continue"/>.</summary>
    CriuStarted = 42,
    /// <summary>Caller → supervisor: CRIU has dumped, or restored, the container.</summary>
    CriuDone = 43,
}
