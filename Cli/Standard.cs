using System.Text;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli;

/// <summary>stdout and stderr by write(2). System.Console would start encoders and signal handling, and a thread with them.</summary>
internal static class Standard
{
    public static void Output(string text) => Write(1, text);

    public static void Error(string text) => Write(2, text);

    private static void Write(int fd, string text)
    {
        if (text.Length == 0) return;
        using var file = new FdHandle(fd);
        try
        {
            Sys.WriteAll(file, Encoding.UTF8.GetBytes(text), fd == 1 ? "stdout" : "stderr");
        }
        finally
        {
            // Only borrowed.
            file.Release();
        }
    }
}
