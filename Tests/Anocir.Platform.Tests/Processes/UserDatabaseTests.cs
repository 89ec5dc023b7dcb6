using Anocir.Platform.Processes;
using Xunit;

namespace Anocir.Platform.Tests.Processes;

public sealed class UserDatabaseTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"anocir-passwd-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("root:x:0:0:root:/root:/bin/sh\nu:x:1000:5::/home/u:/bin/sh\n", "/home/u")]
    [InlineData("u:x:1000:5::/no/newline:/bin/sh", "/no/newline")]
    [InlineData("u:x:1000:5::/first:\nv:x:1000:5::/second:\n", "/first")]
    [InlineData("1000\nu:x:1000\nu:x:+1000:5::/sign:\nu:x: 1000:5::/space:\n", "/")]
    [InlineData("u:x:1000:5::/nul\0x:\n", "/")]
    [InlineData("# u:x:1000\n\n:::::\n", "/")]
    [InlineData("", "/")]
    public void HomeOf_file_gives_the_first_well_formed_line_of_the_user(string text, string home)
    {
        File.WriteAllText(_path, text);

        Assert.Equal(home, UserDatabase.HomeOf(1000, _path));
    }

    [Fact]
    public void HomeOf_line_beyond_the_buffer_is_passed_over()
    {
        File.WriteAllText(_path, $"x:{new string('a', 100_000)}\nu:x:1000:5::/after:\n");

        Assert.Equal("/after", UserDatabase.HomeOf(1000, _path));
    }

    [Fact]
    public void HomeOf_missing_file_or_directory_is_the_root()
    {
        Assert.Equal("/", UserDatabase.HomeOf(0, _path));
        Assert.Equal("/", UserDatabase.HomeOf(0, "/tmp"));
    }

    [Fact]
    public void HomeOf_fifo_does_not_wait_for_a_writer()
    {
        using var made = System.Diagnostics.Process.Start("mkfifo", _path);
        made.WaitForExit();

        Assert.Equal("/", UserDatabase.HomeOf(0, _path));
    }
}
