namespace Anocir.Runtime.Tests.Fields;

/// <summary>mounts[].uidMappings and gidMappings, idmap and ridmap, seen from inside and in what is written to the source.</summary>
public sealed class IdMappedMountTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private const string ShiftBy = """[{"containerID":0,"hostID":100000,"size":65536}]""";

    [SkippableFact]
    public void Mount_with_mappings_shows_mapped_owners_and_stores_unmapped_ones()
    {
        var source = Source("plain");
        using var container = Run(source, ["rbind", "ridmap"], ShiftBy, ShiftBy,
            "stat -c '%u:%g' /v/root /v/user; touch /v/made; stat -c '%u:%g' /v/made", c => c.Set("process.user", """{"uid":100007,"gid":100008}"""));
        Assert.Equal(["100000:100000", "101000:101000", "100007:100008"], container.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("7:8", OwnerOf(Path.Combine(source, "made")));
    }

    [SkippableFact]
    public void Uids_and_gids_have_mappings_of_their_own()
    {
        using var container = Run(Source("two"), ["bind", "idmap"], """[{"containerID":0,"hostID":5000,"size":10},{"containerID":1000,"hostID":6000,"size":1}]""", ShiftBy, "stat -c '%u:%g' /v/root /v/user");
        Assert.Equal(["5000:100000", "6000:101000"], container.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [SkippableFact]
    public void Mappings_without_the_option_map_as_well()
    {
        using var container = Run(Source("bare"), ["bind"], ShiftBy, ShiftBy, "stat -c '%u:%g' /v/root");
        Assert.Equal("100000:100000", container.Output.Trim());
    }

    [SkippableFact]
    public void Two_mounts_of_one_source_are_mapped_each_in_its_way()
    {
        var source = Source("both");
        using var container = runtime.Container(c => Mapped(Mapped(c, "/v", source, ["bind", "idmap"], ShiftBy, ShiftBy)
            .Mount("/plain", "bind", source, "bind"), "/w", source, ["bind", "idmap"], """[{"containerID":0,"hostID":70000,"size":5000}]""", ShiftBy)
            .Script("stat -c '%u:%g' /v/root /plain/root /w/root"));
        container.Run().Ok();
        Assert.Equal(["100000:100000", "0:0", "70000:100000"], container.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [SkippableTheory]
    [InlineData("idmap", "0:0")]
    [InlineData("ridmap", "100000:100000")]
    public void Only_ridmap_reaches_the_mounts_below(string option, string below)
    {
        var source = Source("tree" + option);
        Command.Run("/bin/mount", "-t", "tmpfs", "below", Path.Combine(source, "below")).Ok();
        using var container = Run(source, ["rbind", option], ShiftBy, ShiftBy, "stat -c '%u:%g' /v/root /v/below");
        Assert.Equal(["100000:100000", below], container.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [SkippableFact]
    public void Recursive_attributes_go_with_a_mapped_tree()
    {
        var source = Source("rro");
        Command.Run("/bin/mount", "-t", "tmpfs", "below", Path.Combine(source, "below")).Ok();
        using var container = Run(source, ["rbind", "ridmap", "rro", "nosuid"], ShiftBy, ShiftBy, "grep ' /v' /proc/self/mountinfo | cut -d' ' -f5,6; touch /v/below/x 2>&1 || true");
        var lines = container.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("/v ro,nosuid", lines[0], StringComparison.Ordinal);
        Assert.Contains("idmapped", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("/v/below ro", lines[1], StringComparison.Ordinal);
        Assert.Contains("Read-only file system", lines[2], StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Mapping_of_the_containers_user_namespace_is_taken_where_none_is_given()
    {
        using var container = Run(Source("own"), ["bind", "idmap"], null, null, "stat -c '%u:%g' /v/root /v/user; id -u", WithUserNamespace);
        Assert.Equal(["0:0", "1000:1000", "0"], container.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [SkippableFact]
    public void Mapping_of_its_own_meets_that_of_the_user_namespace()
    {
        var source = Source("meets");
        using var container = Run(source, ["bind", "idmap"], """[{"containerID":0,"hostID":200001,"size":1001}]""", """[{"containerID":0,"hostID":200000,"size":1001}]""",
            "stat -c '%u:%g' /v/root; touch /v/written", c => WithUserNamespace(c));
        // 200001 on the host is 1 in the namespace; root of it, 200000, has no id in the mount to make a file with.
        Assert.Equal("1:0", container.Output.Split('\n')[0]);
        Assert.False(File.Exists(Path.Combine(source, "written")));
    }

    [SkippableFact]
    public void Root_of_a_user_namespace_writes_as_root_of_the_volume()
    {
        var source = Source("writes");
        using var container = Run(source, ["bind", "ridmap"], null, null, "touch /v/written && chown 33:44 /v/written", c => WithUserNamespace(c).Set("process.capabilities", null));
        Assert.Equal("33:44", OwnerOf(Path.Combine(source, "written")));
    }

    [SkippableFact]
    public void Joined_user_namespace_lends_its_mapping()
    {
        using var holder = runtime.Container(c => WithUserNamespace(c).Args("/bin/sleep", "1000"));
        holder.Run("--detach").Ok();
        using var container = Run(Source("joined"), ["bind", "idmap"], null, null, "stat -c '%u:%g' /v/root", c =>
            c["linux"]!["namespaces"]!.AsArray().Add((JsonNode)new JsonObject { ["type"] = "user", ["path"] = $"/proc/{holder.Pid}/ns/user" }));
        Assert.Equal("0:0", container.Output.Trim());
    }

    [SkippableFact]
    public void Source_that_cannot_be_mapped_is_named_and_leaves_nothing()
    {
        runtime.RequireAnocir("runc 1.1 has no idmapped mounts");
        using var container = runtime.Container(c => Mapped(c, "/v", "/proc", ["bind", "idmap"], ShiftBy, ShiftBy));
        var message = ErrorLine.MessageOf(container.Create().Exits(1));
        Assert.Contains("map ids of mount /proc on /v: EINVAL", message, StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    public void Source_that_is_not_there_is_named_and_leaves_nothing()
    {
        runtime.RequireAnocir("runc 1.1 has no idmapped mounts");
        using var container = runtime.Container(c => Mapped(c, "/v", "/nowhere", ["bind", "idmap"], ShiftBy, ShiftBy));
        Assert.Contains("mount /nowhere on /v: ENOENT", ErrorLine.MessageOf(container.Create().Exits(1)), StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    private static JsonObject WithUserNamespace(JsonObject config)
    {
        config["linux"]!["namespaces"]!.AsArray().Add((JsonNode)new JsonObject { ["type"] = "user" });
        return config
            .Set("linux.uidMappings", """[{"containerID":0,"hostID":200000,"size":65536}]""")
            .Set("linux.gidMappings", """[{"containerID":0,"hostID":200000,"size":65536}]""");
    }

    private static JsonObject Mapped(JsonObject config, string destination, string source, string[] options, string? uids, string? gids)
    {
        config.Mount(destination, "bind", source, options);
        var mount = config["mounts"]!.AsArray()[^1]!;
        if (uids is not null) mount["uidMappings"] = JsonNode.Parse(uids);
        if (gids is not null) mount["gidMappings"] = JsonNode.Parse(gids);
        return config;
    }

    private Container Run(string source, string[] options, string? uids, string? gids, string script, Func<JsonObject, JsonObject>? edit = null)
    {
        runtime.RequireAnocir("runc 1.1 has no idmapped mounts");
        var container = runtime.Container(c => Mapped(c, "/v", source, options, uids, gids).Script(script));
        // Root of a user namespace may not make it.
        Directory.CreateDirectory(container.Bundle.InRootfs("/v"));
        if (edit is not null) container.Bundle.Edit(c => edit(c));
        container.Run();
        Assert.True(container.Error.Length == 0 || container.Output.Length > 0, container.Error);
        return container;
    }

    private Container Run(string source, string[] options, string? uids, string? gids, string script, Action<JsonObject> edit) =>
        Run(source, options, uids, gids, script, c =>
        {
            edit(c);
            return c;
        });

    /// <summary>A directory with files of root and of user 1000, and a directory to mount on.</summary>
    private string Source(string name)
    {
        runtime.Require();
        var directory = runtime.Scratch.Folder("sources", name);
        File.WriteAllText(Path.Combine(directory, "root"), "");
        File.WriteAllText(Path.Combine(directory, "user"), "");
        Directory.CreateDirectory(Path.Combine(directory, "below"));
        Command.Run("/bin/chmod", "0777", directory).Ok();
        Command.Run("/bin/chown", "1000:1000", Path.Combine(directory, "user")).Ok();
        return directory;
    }

    private static string OwnerOf(string path) => Command.Run("/usr/bin/stat", "-c", "%u:%g", path).Ok().Output.Trim();
}
