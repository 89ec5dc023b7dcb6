using System.Diagnostics;

namespace Anocir.Runtime.Tests.Fields;

/// <summary>A network namespace of one test, held by a process that sleeps in it.</summary>
internal sealed class NetworkNamespace : IDisposable
{
    private readonly Process _holder;

    public NetworkNamespace()
    {
        var own = File.ResolveLinkTarget("/proc/self/ns/net", false)!.Name;
        _holder = Process.Start(new ProcessStartInfo("/usr/bin/unshare", ["--net", "/bin/sleep", "1000"]) { UseShellExecute = false })!;
        Until.True(() => Link != own && File.ReadAllText($"/proc/{_holder.Id}/comm").Trim() == "sleep", "a new network namespace");
    }

    public string Path => $"/proc/{_holder.Id}/ns/net";

    /// <summary>What a caller in it has before its command.</summary>
    public string Wrapper => $"/usr/bin/nsenter --net={Path}";

    private string Link => new FileInfo(Path).LinkTarget ?? "";

    /// <summary>ip(8) in it.</summary>
    public string Ip(string arguments) =>
        Command.Run("/usr/bin/nsenter", ["--net=" + Path, "ip", .. arguments.Split(' ')]).Ok().Output;

    public void Dispose()
    {
        _holder.Kill();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}
