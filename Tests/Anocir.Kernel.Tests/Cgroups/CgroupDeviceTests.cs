using Anocir.Platform.Cgroups.Devices;
using Anocir.Platform.Oci;
using Anocir.Platform.Syscalls;
using Xunit;
using Process = System.Diagnostics.Process;

namespace Anocir.Kernel.Tests.Cgroups;

public class CgroupDeviceTests
{
    private static readonly DeviceRule DenyAll = new() { Allow = false, Access = "rwm" };
    private static readonly DeviceRule KernelLog = new() { Allow = true, Type = "c", Major = 1, Minor = 11, Access = "r" };

    [SkippableFact]
    public void Version_1_rules_are_listed_in_the_order_of_the_config()
    {
        using var real = new RealCgroup();
        real.Cgroup.ApplyDevices([DenyAll, new DeviceRule { Allow = true, Type = "c", Major = 10, Minor = 229, Access = "rw" }, KernelLog]);

        Assert.StartsWith("c 10:229 rw\nc 1:11 r\nc *:* m\nb *:* m\nc 1:3 rwm\n", File.ReadAllText($"{real.In("devices")}/devices.list"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Version_1_denies_what_is_not_in_the_rules()
    {
        using var real = new RealCgroup();
        real.Cgroup.ApplyDevices(null);
        Assert.Equal("denied", Try(real.Run, "/dev/kmsg"));
        Assert.Equal("allowed", Try(real.Run, "/dev/zero"));
        real.Cgroup.ApplyDevices([DenyAll, KernelLog]);
        Assert.Equal("allowed", Try(real.Run, "/dev/kmsg"));
    }

    [SkippableFact]
    public void Version_2_program_is_loaded_enforced_and_replaced()
    {
        using var real = new UnifiedCgroup();
        real.Cgroup.ApplyDevices([DenyAll]);
        Assert.Equal("denied", Try(real.Run, "/dev/kmsg"));
        Assert.Equal("allowed", Try(real.Run, "/dev/zero"));

        real.Cgroup.ApplyDevices([DenyAll, KernelLog]);
        Assert.Equal("allowed", Try(real.Run, "/dev/kmsg"));
        real.Cgroup.ApplyDevices([DenyAll]);
        Assert.Equal("denied", Try(real.Run, "/dev/kmsg"));
        real.Cgroup.ApplyDevices([new DeviceRule { Allow = true, Access = "rwm" }]);
        Assert.Equal("allowed", Try(real.Run, "/dev/kmsg"));

        using var directory = Sys.Open(real.Cgroup.Directories[0], Sys.ORdOnly | Sys.ODirectory);
        Assert.Equal(1, BpfDeviceFilter.Count(directory));
    }

    private static string Try(Func<string, Process> run, string device)
    {
        Skip.IfNot(File.Exists(device), $"needs {device}");
        var process = run($"if (exec 3< {device}) 2>/dev/null; then echo allowed; else echo denied; fi");
        return process.StandardOutput.ReadLine()!;
    }
}
