namespace Anocir.Runtime.Tests.Configs;

/// <summary>What a container says of itself, gathered by a script of busybox in it: one section per question.</summary>
internal sealed class Probe
{
    private readonly Dictionary<string, string[]> _sections = [];

    public Probe(string output)
    {
        var text = output.Replace("\r\n", "\n", StringComparison.Ordinal);
        foreach (var section in text.Split("== ").Skip(1))
        {
            var lines = section.TrimEnd('\n').Split('\n');
            _sections[lines[0].Trim()] = lines[1..];
        }
    }

    public string[] this[string section] =>
        _sections.TryGetValue(section, out var lines) ? lines : throw new InvalidOperationException($"the probe has no section {section}");

    public string Line(string section) => Assert.Single(this[section]);

    /// <summary>A field of /proc/PID/status.</summary>
    public string Status(string field) =>
        this["status"].First(l => l.StartsWith(field + ":", StringComparison.Ordinal))[(field.Length + 1)..].Trim();

    /// <summary>The options of the topmost mount on a path, or null where nothing is mounted.</summary>
    public MountSeen? Mount(string path) =>
        this["mountinfo"].Select(MountSeen.Parse).LastOrDefault(m => m.Point == path);

    /// <summary>The script; it sleeps at the end, so that the host can look as well.</summary>
    public static string Script(JsonObject config)
    {
        string[] paths = [.. Strings(config["linux"]!["maskedPaths"]), .. Strings(config["linux"]!["readonlyPaths"])];
        string[] sysctls = [.. (config["linux"]!["sysctl"] as JsonObject ?? []).Select(p => p.Key)];
        string[] devices = ["null", "zero", "full", "random", "urandom", "tty", .. (config["linux"]!["devices"] as JsonArray ?? []).Select(d => ((string)d!["path"]!)["/dev/".Length..])];
        return $$"""
            echo "== hostname"; hostname
            echo "== ids"; id -u; id -g; id -G
            echo "== status"; cat /proc/$$/status
            echo "== limits"; cat /proc/$$/limits
            echo "== oom"; cat /proc/$$/oom_score_adj
            echo "== mountinfo"; cat /proc/$$/mountinfo
            echo "== cwd"; pwd
            echo "== umask"; umask
            echo "== environment"; tr '\0' '\n' </proc/$$/environ
            echo "== namespaces"; for n in mnt pid net ipc uts user cgroup; do echo $n $(readlink /proc/$$/ns/$n); done
            echo "== uid_map"; cat /proc/$$/uid_map
            echo "== gid_map"; cat /proc/$$/gid_map
            echo "== existing"; for p in {{string.Join(' ', paths)}}; do test -e $p && echo $p; done
            echo "== masked"; for p in {{string.Join(' ', Strings(config["linux"]!["maskedPaths"]))}}; do
              if test -d $p; then echo "$p empty $(ls -A $p | wc -l)"; elif test -e $p; then echo "$p $(stat -c '%F %t:%T' $p)"; fi; done
            echo "== sysctl"; for s in {{string.Join(' ', sysctls.Select(s => s.Replace('.', '/')))}}; do echo $s $(cat /proc/sys/$s); done
            echo "== devices"; for d in {{string.Join(' ', devices)}}; do stat -c "/dev/$d %F %t:%T %a %u:%g" /dev/$d; done
            echo "== links"; for l in fd stdin stdout stderr ptmx; do echo $l $(readlink /dev/$l); done
            echo "== terminal"; tty
            echo "== end"
            exec sleep 1000
            """;
    }

    public static IEnumerable<string> Strings(JsonNode? array) => (array as JsonArray ?? []).Select(s => (string)s!);
}
