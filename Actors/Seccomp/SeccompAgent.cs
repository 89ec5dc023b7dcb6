using Anocir.Platform;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;

namespace Anocir.Actors.Seccomp;

/// <summary>The agent that decides for system calls which a filter hands on (config-linux.md, Seccomp: listenerPath, listenerMetadata).</summary>
internal sealed record SeccompAgent(string Path, string? Metadata)
{
    /// <summary>Seconds that an agent has to take a connection.</summary>
    private const int Limit = 10;

    /// <summary>Null where the configuration names none.</summary>
    public static SeccompAgent? From(Platform.Oci.Seccomp? seccomp) =>
        string.IsNullOrEmpty(seccomp?.ListenerPath) ? null : new SeccompAgent(seccomp.ListenerPath, string.IsNullOrEmpty(seccomp.ListenerMetadata) ? null : seccomp.ListenerMetadata);

    /// <summary>One connection, one state with the listener, and its end. Waits for the agent: not for an actor's thread.</summary>
    /// <param name="listener">Closed in any case.</param>
    /// <param name="pid">Of the process under the filter.</param>
    /// <param name="state">Of its container.</param>
    /// <exception cref="SyscallException">Nobody takes it.</exception>
    public void Send(FdHandle listener, int pid, ContainerState state)
    {
        using (listener)
        {
            using var socket = UnixSocket.TryConnectStream(Path, Limit, out var errno) ?? throw new SyscallException($"failed to connect with seccomp agent at {Path}", errno);
            var document = new ContainerProcessState { OciVersion = Build.SpecVersion, Pid = pid, Metadata = Metadata, State = state };
            DescriptorMessage.Send(socket, document.ToJson(), listener);
        }
    }
}
