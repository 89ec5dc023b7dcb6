using System.Text.Json;
using System.Text.Json.Nodes;

namespace Anocir.Supervisor.Tests.Running;

/// <summary>Bundles of busybox that share one root filesystem. Below /marks in a container is a directory of the host.</summary>
internal sealed class Bundle
{
    private readonly string _directory;
    private readonly string _owner;
    private readonly string _cgroupParent;

    /// <param name="directory">Where the bundles are to be.</param>
    /// <param name="owner">The directory that every hook is given as an argument, to be known by.</param>
    /// <param name="cgroupParent">Absolute path of the cgroup above those of the containers.</param>
    internal Bundle(string directory, string owner, string cgroupParent)
    {
        _owner = owner;
        _directory = directory;
        _cgroupParent = cgroupParent;
        foreach (var name in new[] { "rootfs/bin", "rootfs/proc", "rootfs/dev", "rootfs/marks", "marks" }) Directory.CreateDirectory($"{directory}/{name}");
        File.Copy(Programs.Busybox, $"{directory}/rootfs/bin/busybox");
        foreach (var applet in new[] { "sh", "sleep", "true", "cat", "kill" }) File.CreateSymbolicLink($"{directory}/rootfs/bin/{applet}", "busybox");
    }

    internal string Marks => $"{_directory}/marks";

    /// <summary>A new bundle directory for the program, with a cgroup named by the container.</summary>
    internal string Make(string id, IReadOnlyList<string> program, params (string Kind, string Script)[] hooks)
    {
        var bundle = $"{_directory}/bundle-{id}-{Guid.NewGuid():n}";
        Directory.CreateDirectory(bundle);
        var config = new JsonObject
        {
            ["ociVersion"] = "1.0.2",
            ["root"] = new JsonObject { ["path"] = $"{_directory}/rootfs" },
            ["process"] = new JsonObject
            {
                ["cwd"] = "/",
                ["args"] = Strings(program),
                ["env"] = Strings(["PATH=/bin", $"ID={id}"]),
                ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
            },
            ["mounts"] = new JsonArray(
                Mount("/proc", "proc", "proc"),
                Mount("/dev", "tmpfs", "tmpfs", "nosuid", "mode=755"),
                Mount("/marks", "bind", Marks, "bind", "rw")),
            ["linux"] = new JsonObject
            {
                ["cgroupsPath"] = $"{_cgroupParent}/{id}",
                ["namespaces"] = new JsonArray([.. new[] { "pid", "ipc", "uts", "mount", "network" }.Select(t => (JsonNode)new JsonObject { ["type"] = t })]),
                ["resources"] = new JsonObject { ["pids"] = new JsonObject { ["limit"] = 64 } },
            },
        };
        if (hooks.Length > 0)
        {
            config["hooks"] = new JsonObject(hooks.GroupBy(h => h.Kind).Select(kind => KeyValuePair.Create(kind.Key, (JsonNode?)new JsonArray(
                [.. kind.Select(h => (JsonNode)new JsonObject { ["path"] = "/bin/sh", ["args"] = Strings(["sh", "-c", h.Script, "hook", _owner]) })]))));
        }

        File.WriteAllText($"{bundle}/config.json", config.ToJsonString());
        return bundle;
    }

    private static JsonObject Mount(string destination, string type, string source, params string[] options) => new()
    {
        ["destination"] = destination,
        ["type"] = type,
        ["source"] = source,
        ["options"] = Strings(options),
    };

    private static JsonArray Strings(IReadOnlyList<string> texts) => [.. texts.Select(t => (JsonNode)t)];
}
