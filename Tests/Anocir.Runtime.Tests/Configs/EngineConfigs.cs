namespace Anocir.Runtime.Tests.Configs;

/// <summary>
/// The config.json files that Docker, containerd, Podman and buildah wrote on another machine. What must be local is rewritten, and
/// nothing else: root.path, the sources of bind mounts, hooks of processes that are gone, namespace paths, the parent of
/// cgroupsPath, devices and sources the machine lacks, id maps of a nested user namespace.
/// </summary>
internal static class EngineConfigs
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "configs");

    public static JsonObject Load(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, name)))!.AsObject();

    /// <summary>Makes the configuration local; the program becomes the probe.</summary>
    public static void MakeLocal(JsonObject config, Bundle bundle, string cgroupsPath, int? namespacesOf)
    {
        config["root"]!["path"] = "rootfs";
        config["process"]!["args"] = new JsonArray("/bin/sh", "/probe");
        // Hooks of the engine's own processes: /proc/883/exe.
        config.Remove("hooks");
        var linux = config["linux"]!.AsObject();
        linux["cgroupsPath"] = cgroupsPath;
        foreach (var one in linux["namespaces"]!.AsArray())
        {
            if (one!["path"] is not null) one["path"] = $"/proc/{namespacesOf}/ns/{Link((string)one["type"]!)}";
        }

        var number = 0;
        // Of the machine's cgroup layout: /sys/fs/cgroup/systemd is not on every one.
        foreach (var missing in config["mounts"]!.AsArray().Where(m => IsBind(m) && IsOfSys(m) && !Path.Exists((string)m!["source"]!)).ToList()) config["mounts"]!.AsArray().Remove(missing);
        foreach (var mount in config["mounts"]!.AsArray().Where(IsBind))
        {
            if (IsOfSys(mount)) continue;
            mount!["source"] = Source((string)mount["destination"]!, bundle, number++);
        }

        if (linux["devices"] is JsonArray devices)
        {
            foreach (var device in devices.Where(d => !File.Exists((string)d!["path"]!)).ToList()) devices.Remove(device);
        }
    }

    public static bool IsBind(JsonNode? mount) =>
        (string?)mount!["type"] == "bind" || (mount["options"] as JsonArray)?.Any(o => (string?)o is "bind" or "rbind") == true;

    private static bool IsOfSys(JsonNode? mount) => ((string)mount!["source"]!).StartsWith("/sys/", StringComparison.Ordinal);

    private static string Link(string type) => type switch { "network" => "net", "mount" => "mnt", _ => type };

    /// <summary>A source of the kind that the destination wants: a file with its name in it, or a folder with one file.</summary>
    private static string Source(string destination, Bundle bundle, int number)
    {
        var name = Path.GetFileName(destination);
        var source = Path.Combine(bundle.Directory, $"source{number}");
        if (name is "shm" or "data" or "ro" or "vol" or "d" or "journal")
        {
            Directory.CreateDirectory(source);
            File.WriteAllText(Path.Combine(source, "inside"), destination);
        }
        else
        {
            File.WriteAllText(source, destination);
        }

        return source;
    }
}
