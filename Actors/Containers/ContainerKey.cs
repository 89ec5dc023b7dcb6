namespace Anocir.Actors.Containers;

/// <summary>What a container is called: an id within a root, as with runc's <c>--root</c>.</summary>
public readonly record struct ContainerKey(string Root, string Id)
{
    /// <summary>The container's directory: state.json, and the socket on which init waits for start.</summary>
    public string Directory => $"{Root}/{Id}";

    public override string ToString() => Directory;
}
