using System.Text.Json;

namespace Anocir.Conformance.Tests.Bundles;

public sealed class BundleTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableFact]
    [Clause("bundle.md", "container-format", Strength.Must, 1)]
    public void Configuration_under_another_name_is_an_error()
    {
        using var container = runtime.Container();
        container.Bundle.Save();
        File.Move(container.Bundle.ConfigFile, container.Bundle.ConfigFile + ".other");
        Assert.NotEqual(0, runtime.Call("create", "--bundle", container.Bundle.Directory, container.Id).ExitCode);
        Assert.Empty(runtime.LeftOf(container.Id));
    }

    [SkippableFact]
    [Clause("glossary.md", "json", Strength.Must, 2)]
    public void Configuration_is_read_as_utf8() =>
        Assert.Equal("käse 日本 🐋", runtime.Inside("echo \"$WORD\"", c => c.Set("process.env.1", "\"WORD=käse 日本 🐋\"")));

    [SkippableFact]
    [Clause("glossary.md", "json", Strength.Must, 2)]
    public void Order_of_entries_in_objects_does_not_matter()
    {
        using var container = runtime.Container(c => c.Script("hostname"));
        container.Bundle.Config = Reversed(container.Bundle.Config).AsObject();
        container.Run().Ok();
        Assert.Equal("plain\n", container.Output);
    }

    [SkippableFact]
    [Clause("glossary.md", "json", Strength.MustNot, 2)]
    public void State_has_no_name_twice()
    {
        using var container = runtime.Created(c => c.Set("annotations", """{"a.b":"1"}"""));
        using var state = JsonDocument.Parse(runtime.Call("state", container.Id).Ok().Output, new JsonDocumentOptions { AllowDuplicateProperties = false });
        Assert.Equal(container.Id, state.RootElement.GetProperty("id").GetString());
    }

    [SkippableFact]
    [Clause("bundle.md", "container-format", Strength.Must, 3)]
    public void Bundle_may_lie_in_a_directory_of_any_name()
    {
        using var container = runtime.Container(c => c.Script("echo here"));
        container.Bundle.Save();
        var link = runtime.Scratch.File("links", $"a b,ü:{container.Id}");
        File.CreateSymbolicLink(link, container.Bundle.Directory);
        var call = runtime.Prepare(new Caller(), "run", "--bundle", link, container.Id);
        call.Run().Ok();
        Assert.Equal("here\n", call.Output);
    }

    private static JsonNode Reversed(JsonNode node) => node switch
    {
        JsonObject o => new JsonObject(o.Reverse().Select(p => KeyValuePair.Create(p.Key, p.Value is null ? null : Reversed(p.Value)))),
        JsonArray a => new JsonArray([.. a.Select(e => e is null ? null : Reversed(e))]),
        _ => node.DeepClone(),
    };
}
