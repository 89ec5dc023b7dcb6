namespace Anocir.Platform.Network;

/// <summary>A network device as RTM_GETLINK tells of it.</summary>
internal sealed record NetworkLink(int Index, string Name, uint Flags)
{
    private const uint IffUp = 1;

    internal bool IsUp => (Flags & IffUp) != 0;
}
