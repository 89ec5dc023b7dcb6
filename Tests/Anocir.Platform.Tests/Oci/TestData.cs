using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Anocir.Platform.Tests.Oci;

/// <summary>Files of Tests/Data, and a good configuration to spoil.</summary>
internal static class TestData
{
    public static string Root { get; } = FindRoot();

    /// <summary>Whole configurations, as engines wrote them.</summary>
    public static IEnumerable<string> ConfigFiles =>
        Directory.EnumerateFiles(Path.Combine(Root, "configs"), "*.json", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith("-process.json", StringComparison.Ordinal) && !file.EndsWith("-resources.json", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(Root, file))
            .Order(StringComparer.Ordinal);

    public static byte[] Read(string file) => File.ReadAllBytes(Path.Combine(Root, file));

    /// <summary>A configuration with something in every corner, and all of it right.</summary>
    public static JsonObject GoodConfig() => JsonNode.Parse(Read("full-config.json"))!.AsObject();

    public static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());

    /// <summary>Sets what a path such as <c>linux.namespaces[0].type</c> leads to; JSON text as the value, nothing to remove it.</summary>
    public static void Set(JsonObject config, string path, string? json)
    {
        JsonNode node = config;
        var steps = path.Replace("[", ".[", StringComparison.Ordinal).Split('.');
        foreach (var step in steps[..^1]) node = Step(node, step) ?? throw new ArgumentException($"{path}: nothing at {step}");
        var value = json is null ? null : JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = true });
        if (node is JsonArray array)
        {
            var index = int.Parse(steps[^1].Trim('[', ']'), null);
            if (index == array.Count) array.Add(value);
            else array[index] = value;
        }
        else if (json is null) node.AsObject().Remove(steps[^1]);
        else node.AsObject()[steps[^1]] = value;
    }

    private static JsonNode? Step(JsonNode node, string step) =>
        node is JsonArray array ? array[int.Parse(step.Trim('[', ']'), null)] : node[step];

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var data = Path.Combine(directory.FullName, "Tests", "Data");
            if (Directory.Exists(data)) return data;
        }
        throw new DirectoryNotFoundException("Tests/Data");
    }
}
