namespace Anocir.Platform.Criu;

/// <summary>What the CRIU of this host can do, asked before anything is begun.</summary>
public static class CriuAbilities
{
    /// <summary>The first that tells by a notification when lazy pages can be asked for, and takes external pid namespaces.</summary>
    public const int OldestVersion = 31500;

    /// <summary>Labels of a security module can be changed over a restore.</summary>
    public const int SecurityLabels = 31600;

    /// <returns>31701 for 3.17.1.</returns>
    /// <exception cref="ContainerException">There is none, or it is too old.</exception>
    public static int Version()
    {
        using var criu = CriuProcess.Start(ownStreams: false, []);
        criu.RequestVersion();
        var version = (criu.Receive() ?? throw new ContainerException("criu ended before it told its version")).Version;
        return version >= OldestVersion ? version : throw new ContainerException($"CRIU version {version} must be {OldestVersion} or higher");
    }

    /// <exception cref="ContainerException">The kernel, or CRIU, lacks one that is wanted.</exception>
    public static void Require(bool trackMemory, bool lazyPages)
    {
        if (!trackMemory && !lazyPages) return;
        using var criu = CriuProcess.Start(ownStreams: false, []);
        criu.RequestFeatures();
        var found = criu.Receive();
        if (found is not { Success: true }) throw new ContainerException("CRIU feature check failed");
        if (trackMemory && !found.TracksMemory) throw new ContainerException("CRIU is missing features: [MemTrack]");
        if (lazyPages && !found.HasLazyPages) throw new ContainerException("CRIU is missing features: [LazyPages]");
    }
}
