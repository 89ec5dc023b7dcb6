namespace Anocir.Conformance.Tests.ConfigLinux;

public sealed class DeviceTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableTheory]
    [InlineData("c", "character special file", 1, 5)]
    [InlineData("u", "character special file", 1, 3)]
    [InlineData("b", "block special file", 7, 77)]
    [Clause("config-linux.md", "devices", Strength.Must, 80)]
    public void Device_is_there_as_configured(string type, string kind, int major, int minor) =>
        Assert.Equal($"{kind} {major:x}:{minor:x} 640 12:34", runtime.Inside("stat -c '%F %t:%T %a %u:%g' /dev/sub/one", c => c.Set("linux.devices",
            $$"""[{"path":"/dev/sub/one","type":"{{type}}","major":{{major}},"minor":{{minor}},"fileMode":416,"uid":12,"gid":34}]""")));

    [SkippableFact]
    [Clause("config-linux.md", "devices", Strength.Must, 80)]
    public void Fifo_is_there_as_configured() =>
        Assert.Equal("fifo 600 0:0", runtime.Inside("stat -c '%F %a %u:%g' /dev/pipe", c => c.Set("linux.devices", """[{"path":"/dev/pipe","type":"p","fileMode":384}]""")));

    [SkippableFact]
    [Clause("config-linux.md", "devices", Strength.Must, 80)]
    public void Device_may_lie_outside_of_dev() =>
        Assert.Equal("1:3", runtime.Inside("stat -c %t:%T /var/null", c => c.Set("linux.devices", """[{"path":"/var/null","type":"c","major":1,"minor":3}]""")));

    [SkippableTheory]
    [InlineData("touch")]
    [InlineData("mknod")]
    [Clause("config-linux.md", "devices", Strength.Must, 80)]
    public void Other_file_in_the_place_of_a_device_is_an_error(string made)
    {
        using var container = runtime.Container(c => c.Set("linux.devices", """[{"path":"/var/null","type":"c","major":1,"minor":3}]"""));
        var file = container.Bundle.InRootfs("/var/null");
        if (made == "touch") File.WriteAllText(file, "mine");
        else Command.Run("/bin/mknod", file, "c", "1", "5").Ok();
        Assert.NotEqual(0, container.Create().ExitCode);
        if (made == "touch") Assert.Equal("mine", File.ReadAllText(file));
    }

    [SkippableFact]
    [Clause("config-linux.md", "devices", Strength.Must, 80)]
    public void Same_device_in_its_place_already_is_no_error()
    {
        using var container = runtime.Container(c => c.Set("linux.devices", """[{"path":"/var/null","type":"c","major":1,"minor":3}]"""));
        Command.Run("/bin/mknod", container.Bundle.InRootfs("/var/null"), "c", "1", "3").Ok();
        container.Run().Ok();
    }

    [SkippableTheory]
    [InlineData("null", "1:3")]
    [InlineData("zero", "1:5")]
    [InlineData("full", "1:7")]
    [InlineData("random", "1:8")]
    [InlineData("urandom", "1:9")]
    [InlineData("tty", "5:0")]
    [Clause("config-linux.md", "default-devices", Strength.Must, 81)]
    public void Usual_device_is_there_and_can_be_opened(string name, string number)
    {
        Assert.Equal($"character special file {number}", runtime.Inside($"stat -c '%F %t:%T' /dev/{name}"));
        if (name != "tty") Assert.Equal("opened", runtime.Inside($"exec 3<>/dev/{name} && echo opened"));
    }

    [SkippableFact]
    [Clause("config-linux.md", "default-devices", Strength.Must, 81)]
    public void Ptmx_is_that_of_the_containers_own_terminals() =>
        Assert.Equal("5:2 opened", runtime.Inside("echo $(stat -L -c %t:%T /dev/ptmx) $(exec 3<>/dev/ptmx && echo opened); test $(stat -L -c %d:%i /dev/ptmx) = $(stat -c %d:%i /dev/pts/ptmx)"));

    [SkippableFact]
    [Clause("config-linux.md", "default-devices", Strength.Must, 81)]
    public void Console_is_the_terminal()
    {
        using var receiver = new DescriptorReceiver(runtime);
        using var container = runtime.Container(c => c.Script("stat -c %t:%T /dev/console $(tty); echo seen >/dev/console; exec sleep 1000").Set("process.terminal", "true"));
        container.Create("--console-socket", receiver.Path).Ok();
        using var terminal = TestTerminal.Over(receiver.Receive().Descriptor);
        container.Start().Ok();
        terminal.WaitFor("seen");
        var lines = terminal.Shown.Split('\n');
        Assert.StartsWith("88:", lines[0], StringComparison.Ordinal);
        Assert.Equal(lines[0], lines[1]);
    }
}
