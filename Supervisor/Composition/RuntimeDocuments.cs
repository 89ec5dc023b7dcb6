using Anocir.Platform;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;
using Anocir.Supervisor.Endpoint;

namespace Anocir.Supervisor.Composition;

/// <summary>Renders what <c>features</c> and <c>spec</c> print, when first asked for.</summary>
internal static class RuntimeDocuments
{
    public static Documents Create() => new(
        new Lazy<string>(() => FeaturesDocument.Create(new FeatureFacts
        {
            Version = Build.Version,
            Commit = Build.Commit,
            Systemd = false,
            SystemdUser = false,
            Checkpoint = false,
        }).ToJson()),
        new Lazy<string>(() => DefaultSpec.ToJson(DefaultSpec.Create(rootless: false))),
        new Lazy<string>(() => DefaultSpec.ToJson(DefaultSpec.Create(rootless: true, Sys.EffectiveUser(), Sys.EffectiveUser()))));
}
