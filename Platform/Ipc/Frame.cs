using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Ipc;

/// <summary>One message as it arrived: its kind, its fields, and the descriptors that came with it. Unclaimed descriptors are closed by Dispose.</summary>
public sealed class Frame(FrameKind kind, ReadOnlyMemory<byte> body, FdHandle[] descriptors) : IDisposable
{
    private readonly FdHandle?[] _descriptors = descriptors;

    public FrameKind Kind { get; } = kind;

    public WireReader Reader() => new(body);

    public int DescriptorCount => _descriptors.Length;

    /// <summary>Takes a descriptor: it is the caller's from now on.</summary>
    public FdHandle Claim(int index)
    {
        var taken = index >= 0 && index < _descriptors.Length ? _descriptors[index] : null;
        if (taken is null) throw new InvalidDataException($"message of kind {Kind} lacks descriptor {index}");
        _descriptors[index] = null;
        return taken;
    }

    public void Dispose()
    {
        foreach (var descriptor in _descriptors) descriptor?.Dispose();
    }
}
