using System.Text.Json;

namespace Anocir.Platform.Oci;

/// <summary>What a seccomp agent gets with the descriptor of a filter's listener (config-linux.md, The Container Process State).</summary>
public sealed record ContainerProcessState
{
    /// <summary>The name of a listener's descriptor.</summary>
    public const string SeccompDescriptor = "seccompFd";

    public required string OciVersion { get; init; }
    /// <summary>Names of the descriptors, in their order.</summary>
    public IReadOnlyList<string> Fds { get; init; } = [SeccompDescriptor];
    /// <summary>As the runtime sees it.</summary>
    public required int Pid { get; init; }
    /// <summary>linux.seccomp.listenerMetadata.</summary>
    public string? Metadata { get; init; }
    public required ContainerState State { get; init; }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, OciJson.Default.ContainerProcessState);
}
