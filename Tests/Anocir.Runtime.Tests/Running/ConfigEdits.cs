namespace Anocir.Runtime.Tests.Running;

/// <summary>Changes to a config.json by path: <c>process.args.0</c>.</summary>
public static class ConfigEdits
{
    /// <summary>Sets a value, given as JSON text; the objects above it are made. A null text removes it.</summary>
    public static JsonObject Set(this JsonObject config, string path, string? json)
    {
        var names = path.Split('.');
        JsonNode at = config;
        foreach (var name in names[..^1])
        {
            at = at is JsonArray array
                ? array[int.Parse(name, CultureInfo.InvariantCulture)]!
                : at[name] ??= new JsonObject();
        }

        if (at is JsonArray list)
        {
            var index = int.Parse(names[^1], CultureInfo.InvariantCulture);
            if (index == list.Count) list.Add(JsonNode.Parse(json!));
            else list[index] = JsonNode.Parse(json!);
        }
        else if (json is null)
        {
            at.AsObject().Remove(names[^1]);
        }
        else
        {
            at[names[^1]] = JsonNode.Parse(json);
        }

        return config;
    }

    public static JsonObject Args(this JsonObject config, params string[] args)
    {
        config["process"]!["args"] = new JsonArray([.. args.Select(a => (JsonNode)a)]);
        return config;
    }

    /// <summary>The user's program is this script of busybox.</summary>
    public static JsonObject Script(this JsonObject config, string script) => config.Args("/bin/sh", "-c", script);

    /// <summary>Adds a mount, in front of the others where it says so.</summary>
    public static JsonObject Mount(this JsonObject config, string destination, string type, string source, params string[] options)
    {
        config["mounts"]!.AsArray().Add(new JsonObject
        {
            ["destination"] = destination,
            ["type"] = type,
            ["source"] = source,
            ["options"] = new JsonArray([.. options.Select(o => (JsonNode)o)]),
        });
        return config;
    }

    public static JsonObject WithoutMount(this JsonObject config, string destination)
    {
        var mounts = config["mounts"]!.AsArray();
        foreach (var mount in mounts.Where(m => (string?)m!["destination"] == destination).ToList()) mounts.Remove(mount);
        return config;
    }

    /// <summary>Adds a hook that is a script of the host's shell.</summary>
    public static JsonObject Hook(this JsonObject config, string kind, string script, int? timeout = null, string[]? env = null)
    {
        var hooks = (config["hooks"] ??= new JsonObject()).AsObject();
        var hook = new JsonObject
        {
            ["path"] = "/bin/sh",
            ["args"] = new JsonArray("sh", "-c", script),
            ["env"] = new JsonArray([.. (env ?? ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]).Select(e => (JsonNode)e)]),
        };
        if (timeout is { } seconds) hook["timeout"] = seconds;
        (hooks[kind] ??= new JsonArray()).AsArray().Add((JsonNode)hook);
        return config;
    }

    public static JsonObject WithoutNamespace(this JsonObject config, string type)
    {
        var namespaces = config["linux"]!["namespaces"]!.AsArray();
        foreach (var one in namespaces.Where(n => (string?)n!["type"] == type).ToList()) namespaces.Remove(one);
        return config;
    }

    public static JsonObject AddNamespace(this JsonObject config, string type)
    {
        config["linux"]!["namespaces"]!.AsArray().Add((JsonNode)new JsonObject { ["type"] = type });
        return config;
    }

    /// <summary>A new user namespace whose root is the host's user 100000.</summary>
    public static JsonObject InUserNamespace(this JsonObject config) => config
        .AddNamespace("user")
        .Set("linux.uidMappings", """[{"containerID":0,"hostID":100000,"size":65536}]""")
        .Set("linux.gidMappings", """[{"containerID":0,"hostID":100000,"size":65536}]""");
}
