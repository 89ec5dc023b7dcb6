using System.Text;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Terminals;
using Xunit;

namespace Anocir.Kernel.Tests.Rootfs;

public sealed class ConsoleTests : IDisposable
{
    private readonly RootfsSandbox _sandbox;

    public ConsoleTests()
    {
        RootfsSandbox.SkipUnlessPossible();
        _sandbox = new RootfsSandbox();
    }

    public void Dispose() => _sandbox?.Dispose();

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Terminal_of_the_container_is_its_console_and_controls_it(bool userNamespace)
    {
        var spec = RootfsSandbox.Spec(RootfsSandbox.Proc, RootfsSandbox.Dev, RootfsSandbox.DevPts) with { Process = new Process { Terminal = true } };
        var run = _sandbox.Run(
            spec,
            "{ tty; stty size; stat -c '%t:%T' /dev/console; : > /dev/tty && echo controls; cat /proc/self/mountinfo; } > /result; echo hello; head -n 1 <&9 > /read",
            userNamespace);
        Assert.Equal("", run.Error);
        var result = File.ReadAllText(Path.Combine(_sandbox.Root, "result"));
        Assert.StartsWith("/dev/pts/0\n33 77\n88:0\ncontrols\n", result);
        Assert.Contains("/0 /dev/console ", result);
        Assert.Equal("hello\r\n", File.ReadAllText(Path.Combine(_sandbox.Root, "read")));
    }

    [SkippableFact]
    public void Terminal_carries_bytes_both_ways_and_raw_mode_leaves_them_alone()
    {
        using var root = Sys.Open("/", Sys.OPath | Sys.ODirectory);
        using var pty = Pty.Open(root, null);
        pty.SetOwner(0);
        pty.SetSize(new WindowSize(10, 20));
        Assert.Equal(new WindowSize(10, 20), WindowSize.Of(pty.Slave));
        Assert.StartsWith("/dev/pts/", pty.SlaveName);
        using (RawMode.Enter(pty.Slave))
        {
            Assert.Equal("a\nb\u0003", Through(pty.Slave, pty.Master, "a\nb\u0003"));
            Assert.Equal("x\ry", Through(pty.Master, pty.Slave, "x\ry"));
        }

        Assert.Equal("a\r\nb", Through(pty.Slave, pty.Master, "a\nb"));
    }

    [SkippableFact]
    public void What_is_no_terminal_has_no_size_and_no_mode()
    {
        using var file = Sys.Open("/dev/null", Sys.ORdWr);
        Assert.Null(WindowSize.Of(file));
        Assert.Null(RawMode.Enter(file));
        Assert.Equal(Errno.ENOTTY, Assert.Throws<SyscallException>(() => new WindowSize(1, 1).Apply(file)).Errno);
    }

    private static string Through(FdHandle from, FdHandle to, string text)
    {
        Assert.Equal(0, Sys.TryWrite(from, Encoding.UTF8.GetBytes(text)));
        var expected = text.Length + (text == "a\nb" ? 1 : 0);
        var buffer = new byte[expected];
        Assert.Equal(expected, Sys.Read(to, buffer, "terminal"));
        return Encoding.UTF8.GetString(buffer);
    }
}
