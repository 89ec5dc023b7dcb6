using System.Text;
using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Platform.Tests.Oci;

/// <summary>The documents of exec and update.</summary>
public sealed class ExecAndUpdateDocumentTests
{
    [Theory]
    [InlineData("docker-exec-process.json", 1u)]
    [InlineData("podman-exec-process.json", 1u)]
    public void Process_ofAnEngine_isAccepted(string file, uint uid)
    {
        var process = SpecReader.ParseProcess(TestData.Read("configs/extra/" + file));
        Assert.Empty(SpecValidator.ValidateProcess(process));
        Assert.Equal(uid, process.User!.Uid);
        Assert.Equal(["true"], process.Args);
    }

    [Theory]
    [InlineData("{\"args\": 1}", "process: args: must be an array, not the number 1")]
    [InlineData("{\"args\": [\"a\"]}", "process: cwd: Cwd property must not be empty")]
    [InlineData("{\"cwd\": \"/\"}", "process: args: args must not be empty")]
    [InlineData("{", "process: not valid JSON at line 1, column 2: it ends too early")]
    public void Process_thatIsWrong_isRefusedWithTheField(string json, string expected)
    {
        var e = Assert.Throws<ContainerException>(() => SpecValidator.ValidateProcess(SpecReader.ParseProcess(Encoding.UTF8.GetBytes(json))));
        Assert.Equal(expected, e.Message);
    }

    [Theory]
    [InlineData("docker-update-resources.json")]
    [InlineData("podman-update-resources.json")]
    public void Resources_ofAnEngine_areAccepted(string file)
    {
        var resources = SpecReader.ParseResources(TestData.Read("configs/extra/" + file));
        Assert.Equal(67108864, resources.Memory!.Limit);
        Assert.Empty(SpecValidator.ValidateResources(resources, partial: true));
        Assert.Empty(SpecValidator.ValidateResources(resources, partial: false));
    }

    [Fact]
    public void Resources_thatNeedWhatWasThere_arePartOfAChangeButNotWhole()
    {
        var resources = SpecReader.ParseResources("{\"memory\":{\"swap\":1000},\"cpu\":{\"quota\":1000,\"burst\":2000}}"u8);
        Assert.Empty(SpecValidator.ValidateResources(resources, partial: true));
        var e = Assert.Throws<ContainerException>(() => SpecValidator.ValidateResources(resources, partial: false));
        Assert.Equal("resources: memory.swap: unable to set swap limit without memory limit", e.Message);
    }

    [Fact]
    public void Resources_ofTheWrongType_areRefusedWithTheField()
    {
        var e = Assert.Throws<ContainerException>(() => SpecReader.ParseResources("{\"pids\":{\"limit\":\"x\"}}"u8));
        Assert.StartsWith("resources: pids.limit: must be a whole number", e.Message, StringComparison.Ordinal);
    }
}
