using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;

namespace Anocir.Engines.Tests.Running;

/// <summary>An image of one layer in the format of docker save, which ctr image import takes.</summary>
public static class DockerArchive
{
    /// <summary>Writes the archive of an image named <paramref name="image"/> whose layer is the tar at <paramref name="layer"/>.</summary>
    public static void Write(string path, string layer, string image)
    {
        string digest;
        using (var content = File.OpenRead(layer))
            digest = Convert.ToHexStringLower(SHA256.HashData(content));
        var configuration = $$"""
            {"architecture":"{{Architecture}}","os":"linux","config":{"Cmd":["/bin/sh"],"Env":["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]},
             "rootfs":{"type":"layers","diff_ids":["sha256:{{digest}}"]},"history":[{"created":"2020-01-01T00:00:00Z"}]}
            """;
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(configuration))) + ".json";
        var manifest = $$"""[{"Config":"{{name}}","RepoTags":["{{image}}"],"Layers":["layer.tar"]}]""";

        using var archive = new TarWriter(File.Create(path), TarEntryFormat.Ustar);
        using (var content = File.OpenRead(layer))
            archive.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "layer.tar") { DataStream = content });
        Add(archive, name, configuration);
        Add(archive, "manifest.json", manifest);
    }

    private static string Architecture =>
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    private static void Add(TarWriter archive, string name, string text) =>
        archive.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
}
