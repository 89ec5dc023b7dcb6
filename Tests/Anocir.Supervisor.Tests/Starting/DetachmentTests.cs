using System.Diagnostics;
using Anocir.Supervisor.Tests.Running;
using Xunit;

namespace Anocir.Supervisor.Tests.Starting;

/// <summary>The supervisor has left everything of the caller who happened to start it.</summary>
public sealed class DetachmentTests
{
    [SkippableFact]
    public void Supervisor_keeps_nothing_of_its_starter()
    {
        using var sandbox = new Sandbox();
        var cgroups = MakeCgroups(sandbox);
        // Joined by the shell that becomes the caller: a cgroup in every hierarchy, two more descriptors, a directory, a umask, ignored and blocked signals.
        var join = string.Concat(cgroups.Select(c => $"echo $$ > {c}/cgroup.procs; "));
        var prelude = $"{join} exec 7<{sandbox.Root} 8>{sandbox.Root}/held; cd {sandbox.Root}; umask 0777; trap '' HUP INT TERM CHLD USR1; export SECRET=of-the-caller;";
        using (var call = sandbox.Begin(["list"], prelude)) call.End().Ok();
        var pid = sandbox.Supervisor;
        Assert.NotEqual(0, pid);

        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        Assert.NotEqual(OwnSession(), fields[3]);
        Assert.Equal("0", fields[4]);
        Assert.Equal("/", Processes.Target($"/proc/{pid}/cwd"));
        Assert.Equal("/dev/null", Processes.Target($"/proc/{pid}/fd/0"));
        foreach (var number in new[] { "1", "2" }) Assert.Equal($"{sandbox.RuntimeDirectory}/supervisor.log", Processes.Target($"/proc/{pid}/fd/{number}"));
        var held = Directory.GetFileSystemEntries($"/proc/{pid}/fd").Select(Processes.Target).ToList();
        Assert.DoesNotContain(held, t => t == sandbox.Root || t == $"{sandbox.Root}/held");
        Assert.DoesNotContain(held, t => t is not null && t.EndsWith("start.lock", StringComparison.Ordinal));
        Assert.DoesNotContain("SECRET", File.ReadAllText($"/proc/{pid}/environ"), StringComparison.Ordinal);
        foreach (var cgroup in cgroups) Assert.DoesNotContain(pid.ToString(System.Globalization.CultureInfo.InvariantCulture), File.ReadAllLines($"{cgroup}/cgroup.procs"));
        var status = File.ReadAllLines($"/proc/{pid}/status").Select(l => l.Split(":\t")).Where(p => p.Length == 2).ToDictionary(p => p[0], p => p[1].Trim());
        Assert.Equal("0022", status["Umask"]);
        // .NET itself ignores SIGPIPE (13) alone.
        Assert.Equal(0UL, Convert.ToUInt64(status["SigIgn"], 16) & ~(1UL << 12));
        Assert.Equal(0UL, Convert.ToUInt64(status["SigBlk"], 16));

        // And so it hears SIGTERM.
        sandbox.KillSupervisor(Processes.SigTerm);
    }

    [SkippableFact]
    public void Supervisor_is_not_killed_with_its_starters_session()
    {
        using var sandbox = new Sandbox();
        using (var call = sandbox.Begin(["list"], "", "setsid", "-w")) call.End().Ok();
        var pid = sandbox.Supervisor;
        Assert.True(Processes.Lives(pid));
        var environment = File.ReadAllText($"/proc/{pid}/environ").Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=')[0]).Order().ToList();
        Assert.Subset(new HashSet<string> { "ANOCIR_RUNTIME_DIR", "PATH", "HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DOTNET_ROOT", "ANOCIR_CONFIG", "LANG" }, environment.ToHashSet());
    }

    private static List<string> MakeCgroups(Sandbox sandbox)
    {
        var made = new List<string>();
        foreach (var line in File.ReadLines("/proc/self/mountinfo").Where(l => l.Contains(" - cgroup", StringComparison.Ordinal)))
        {
            var directory = $"{line.Split(' ')[4]}{sandbox.CgroupParent}";
            Directory.CreateDirectory(directory);
            // A new cpuset takes no process before it has a set.
            foreach (var file in new[] { "cpuset.cpus", "cpuset.mems" })
            {
                if (File.Exists($"{directory}/{file}")) File.WriteAllText($"{directory}/{file}", File.ReadAllText($"{Path.GetDirectoryName(directory)}/{file}"));
            }

            made.Add(directory);
        }

        return made;
    }

    private static string OwnSession()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[3];
    }
}
