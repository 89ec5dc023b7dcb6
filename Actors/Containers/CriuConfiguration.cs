using Anocir.Platform;
using Anocir.Platform.Oci;

namespace Anocir.Actors.Containers;

/// <summary>What config.json says that matters to CRIU alone.</summary>
internal static class CriuConfiguration
{
    private const string Annotation = "org.criu.config";

    /// <summary>Where containers have their CRIU configuration unless the annotation says otherwise: runc's place, which operators know.</summary>
    private const string Default = "/etc/criu/runc.conf";

    /// <summary>A file that CRIU reads, which need not exist; null where the annotation is there and empty.</summary>
    public static string? FileOf(Spec spec) =>
        spec.Annotations is { } annotations && annotations.TryGetValue(Annotation, out var file) ? string.IsNullOrEmpty(file) ? null : file : Default;

    /// <summary>Namespaces that are taken from elsewhere, by their names in /proc/PID/ns.</summary>
    /// <exception cref="ContainerException">CRIU has no way to enter one.</exception>
    public static IEnumerable<(string Type, string Path)> JoinedNamespaces(Spec spec)
    {
        foreach (var one in spec.Linux?.Namespaces ?? [])
        {
            if (string.IsNullOrEmpty(one.Path)) continue;
            yield return one.Type switch
            {
                "network" => ("net", one.Path),
                "mount" => ("mnt", one.Path),
                "cgroup" => throw new ContainerException("linux.namespaces: CRIU cannot enter the cgroup namespace of another"),
                var type => (type!, one.Path),
            };
        }
    }
}
