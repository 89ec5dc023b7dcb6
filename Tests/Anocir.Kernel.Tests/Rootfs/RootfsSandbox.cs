using System.Diagnostics;
using System.Runtime.InteropServices;
using Anocir.Platform.Ipc;
using Anocir.Platform.Oci;
using Anocir.Platform.Rootfs;
using Anocir.Platform.Syscalls;
using Xunit;

namespace Anocir.Kernel.Tests.Rootfs;

/// <summary>A bundle with a busybox root filesystem in a directory of its own, and runs of the probe on it.</summary>
internal sealed class RootfsSandbox : IDisposable
{
    private static readonly string[] Applets = ["sh", "cat", "ls", "stat", "readlink", "hostname", "mount", "echo", "touch", "mkdir", "grep", "true", "test", "tty", "stty", "head", "id", "wc", "sysctl", "unshare"];

    internal RootfsSandbox()
    {
        Bundle = Directory.CreateTempSubdirectory("anocir-rootfs-").FullName;
        Root = Directory.CreateDirectory(Path.Combine(Bundle, "rootfs")).FullName;
        // A user namespace maps only this process's own uid, but others must be able to walk here.
        File.SetUnixFileMode(Bundle, (UnixFileMode)0x1ED);
        var bin = Directory.CreateDirectory(Path.Combine(Root, "bin")).FullName;
        File.Copy("/bin/busybox", Path.Combine(bin, "busybox"));
        foreach (var applet in Applets) File.CreateSymbolicLink(Path.Combine(bin, applet), "busybox");
    }

    internal string Bundle { get; }

    internal string Root { get; }

    internal static void SkipUnlessPossible()
    {
        Skip.IfNot(Environment.UserName == "root", "needs root: mounts");
        Skip.IfNot(File.Exists("/bin/busybox"), "needs /bin/busybox (busybox-static)");
    }

    internal static Mount Proc { get; } = new() { Destination = "/proc", Type = "proc", Source = "proc", Options = ["nosuid", "noexec", "nodev"] };

    internal static Mount Dev { get; } = new() { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "strictatime", "mode=755", "size=65536k"] };

    internal static Mount DevPts { get; } =
        new() { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] };

    internal static Mount Sys { get; } = new() { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["nosuid", "noexec", "nodev", "ro"] };

    internal static Spec Spec(params Mount[] mounts) => new()
    {
        Root = new Root { Path = "rootfs" },
        Mounts = mounts,
        Linux = new Linux { Namespaces = [new() { Type = "mount" }, new() { Type = "uts" }, new() { Type = "ipc" }, new() { Type = "pid" }, new() { Type = "network" }] },
    };

    internal static Mount Bind(string source, string destination, params string[] options) =>
        new() { Destination = destination, Type = "bind", Source = source, Options = options };

    internal string Write(string path, string text)
    {
        var full = Path.Combine(Bundle, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        return full;
    }

    internal string MakeDirectory(string path) => Directory.CreateDirectory(Path.Combine(Bundle, path)).FullName;

    /// <summary>Runs a shell script inside the container of this specification; mounts of the test are prepared by <paramref name="before"/> in the host's namespace copy.</summary>
    internal ProbeResult Run(Spec spec, string script, bool userNamespace = false, RootfsHostFacts? facts = null, string? before = null, Func<RootfsPlan, RootfsPlan>? change = null, bool sharedHost = false, bool hostNetwork = false,
        IReadOnlyDictionary<int, FdHandle>? sources = null)
    {
        if (userNamespace)
        {
            spec = spec with
            {
                Linux = spec.Linux! with
                {
                    Namespaces = [.. spec.Linux!.Namespaces!, new() { Type = "user" }],
                    UidMappings = [new() { ContainerID = 0, HostID = 0, Size = 1 }],
                    GidMappings = [new() { ContainerID = 0, HostID = 0, Size = 1 }],
                },
            };
        }

        var plan = RootfsPlanner.Plan(spec, Bundle, facts ?? new RootfsHostFacts());
        if (change is not null) plan = change(plan);
        var writer = new WireWriter();
        plan.Write(writer);
        var planFile = Path.Combine(Bundle, $"plan-{Guid.NewGuid():N}");
        File.WriteAllBytes(planFile, writer.Written.ToArray());
        var probe = Path.Combine(AppContext.BaseDirectory, "Anocir.Kernel.Rootfs.Probe.dll");
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Environment.ProcessPath!;
        if (!dotnet.EndsWith("dotnet", StringComparison.Ordinal)) dotnet = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet");
        // The outer namespace is the "host" of the test, and the inner one the container's: what one does to the other shows there.
        List<string> inner = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--propagation", "unchanged"];
        if (!hostNetwork) inner.Add("--net");
        if (userNamespace) inner.AddRange(["--user", "--map-root-user"]);
        inner.AddRange([dotnet, probe, planFile]);
        foreach (var (index, tree) in sources ?? new Dictionary<int, FdHandle>())
        {
            // Inherited by name: whatever starts in between gets a copy and does nothing with it.
            Assert.Equal(0, Interop.fcntl(tree.Value, 2, 0));
            inner.Add($"--source={index}={tree.Value}");
        }

        inner.AddRange(["/bin/sh", "-c", script]);
        var start = new ProcessStartInfo("unshare") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        // Private first: what happens on the machine itself must not show.
        var share = sharedHost ? "mount --make-rshared /;" : "";
        string[] outer = ["--mount", "--propagation", "private", "sh", "-c", $"{share} {before ?? ":"}; \"$@\"; status=$?; [ -e {Bundle}/after ] && . {Bundle}/after; exit $status", "sh"];
        foreach (var argument in outer.Concat(inner)) start.ArgumentList.Add(argument);
        using var process = System.Diagnostics.Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(60_000), "the probe hangs");
        return new ProbeResult(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    public void Dispose() => Directory.Delete(Bundle, recursive: true);
}
