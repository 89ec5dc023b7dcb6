namespace Anocir.Runtime.Tests.Running;

/// <summary>A bundle: busybox in a rootfs, and a plain config.json to be changed before use.</summary>
public sealed class Bundle
{
    private static readonly string[] Folders = ["bin", "dev", "etc", "home", "mnt", "proc", "root", "run", "sys", "tmp", "usr", "var"];

    private const string Plain = """
        {
          "ociVersion": "1.0.2",
          "process": {
            "user": { "uid": 0, "gid": 0 },
            "args": ["/bin/true"],
            "env": ["PATH=/bin", "A=1"],
            "cwd": "/",
            "capabilities": {
              "bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_DAC_OVERRIDE", "CAP_MKNOD"],
              "effective": ["CAP_CHOWN", "CAP_KILL", "CAP_DAC_OVERRIDE", "CAP_MKNOD"],
              "permitted": ["CAP_CHOWN", "CAP_KILL", "CAP_DAC_OVERRIDE", "CAP_MKNOD"]
            },
            "noNewPrivileges": true
          },
          "root": { "path": "rootfs" },
          "hostname": "plain",
          "mounts": [
            { "destination": "/proc", "type": "proc", "source": "proc" },
            { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"] },
            { "destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] },
            { "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"] }
          ],
          "linux": {
            "namespaces": [{ "type": "pid" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }, { "type": "network" }],
            "maskedPaths": ["/proc/kcore", "/proc/timer_list"],
            "readonlyPaths": ["/proc/sys", "/proc/sysrq-trigger"]
          }
        }
        """;

    public Bundle(string directory, string busybox, string cgroupsPath)
    {
        Directory = directory;
        System.IO.Directory.CreateDirectory(Rootfs);
        foreach (var folder in Folders) System.IO.Directory.CreateDirectory(Path.Combine(Rootfs, folder));
        Files.Link(busybox, Path.Combine(Rootfs, "bin", "busybox"));
        foreach (var applet in Applets.Value) File.CreateSymbolicLink(Path.Combine(Rootfs, "bin", applet), "busybox");
        File.WriteAllText(Path.Combine(Rootfs, "etc", "passwd"), "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000:Alice:/home/alice:/bin/sh\n");
        File.WriteAllText(Path.Combine(Rootfs, "etc", "group"), "root:x:0:\nalice:x:1000:\n");
        Config = JsonNode.Parse(Plain)!.AsObject();
        Config["linux"]!["cgroupsPath"] = cgroupsPath;
    }

    public string Directory { get; }

    public string Rootfs => Path.Combine(Directory, "rootfs");

    public string ConfigFile => Path.Combine(Directory, "config.json");

    public JsonObject Config { get; set; }

    public Bundle Edit(Action<JsonObject> edit)
    {
        edit(Config);
        return this;
    }

    /// <summary>A file of the rootfs as seen from the host.</summary>
    public string InRootfs(string path) => Path.Combine(Rootfs, path.TrimStart('/'));

    public Bundle Save()
    {
        File.WriteAllText(ConfigFile, Config.ToJsonString());
        return this;
    }

    private static class Applets
    {
        public static string[] Value { get; } =
            [.. Command.Run(Programs.Find("busybox")!, "--list").Ok().Lines.Where(a => a is not "busybox" and not "")];
    }

    private static class Files
    {
        public static void Link(string from, string to) => Command.Run("/bin/ln", from, to).Ok();
    }
}
