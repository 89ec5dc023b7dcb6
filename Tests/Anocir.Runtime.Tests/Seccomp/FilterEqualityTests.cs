namespace Anocir.Runtime.Tests.Seccomp;

/// <summary>
/// The filters of a container decide as those of runc's do for the same profile: dumped from two running containers, and compared over
/// every number of the three ABIs of x86-64 with the arguments that matter.
/// </summary>
public sealed class FilterEqualityTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    private static readonly string[] Speculation = ["Speculation_Store_Bypass", "SpeculationIndirectBranch"];

    /// <summary>
    /// A profile that lists no architectures is one for this machine's. runc then leaves its answer for newer calls out, and they get
    /// the default action, which programs take for a denial; here they get ENOSYS as with any other profile.
    /// </summary>
    private static readonly Dictionary<string, Predicate<FilterComparison.Difference>> Explained = new()
    {
        ["no architectures"] = static d => d is { Number: > 449, Left: 0x50026, Right: 0x50001 or 0 } && (d.Number & 1 << 30) == 0,
    };

    public static TheoryData<string> Profiles => [.. SeccompProfiles.All.Keys];

    [SkippableTheory]
    [InlineData("docker-hello.json")]
    [InlineData("docker-joinns.json")]
    [InlineData("docker-limits.json")]
    [InlineData("docker-mounts.json")]
    [InlineData("docker-tty.json")]
    [InlineData("docker-userns-remap.json")]
    [InlineData("ctr-seccomp.json")]
    [InlineData("podman-hello.json")]
    [InlineData("podman-pod-member.json")]
    [InlineData("podman-rootless-keepid.json")]
    [InlineData("extra/cfg-podman-rootless.json")]
    [InlineData("extra/podman-build-run.json")]
    public void Filter_of_an_engines_profile_decides_as_that_of_runc(string config) => Compare(SeccompProfiles.Engine(config));

    [SkippableTheory]
    [MemberData(nameof(Profiles))]
    public void Filter_of_any_profile_decides_as_that_of_runc(string profile) =>
        Compare(SeccompProfiles.All[profile](), Explained.GetValueOrDefault(profile));

    private void Compare(JsonObject profile, Predicate<FilterComparison.Difference>? explained = null)
    {
        ReferenceRuntime.Require();
        if (profile["flags"] is JsonArray { Count: > 0 }) runtime.RequireAnocir("runc takes seccomp flags from 1.1.9 on");
        Skip.If(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture != System.Runtime.InteropServices.Architecture.X64, "the numbers are those of x86-64");
        using var container = runtime.Container(c => c.Args("sleep", "1000").Set("linux.seccomp", profile.ToJsonString()));
        container.Run("--detach").Ok();
        var (ours, ourLog) = Filters(container.Pid);
        // Flags came with runc 1.1.9; they decide nothing, and are compared with what the profile says instead.
        var flags = profile["flags"] as JsonArray;
        var flagsCompared = flags is null;
        if (flags is not null && ReferenceRuntime.Version < new Version(1, 1, 9)) container.Bundle.Edit(c => c.Set("linux.seccomp.flags", null));
        else flagsCompared = true;
        using var reference = new ReferenceRuntime(runtime, container.Bundle.Edit(c => c.Set("linux.cgroupsPath", $"\"{runtime.CgroupParent}/{container.Id}-runc\"")).Save(), container.Id + "-runc");
        var pid = reference.RunDetached();
        var (theirs, theirLog) = Filters(pid);

        var (differences, decisions) = FilterComparison.Compare(ours, theirs);
        Assert.InRange(decisions, 3 * 1024, long.MaxValue);
        var unexplained = differences.Where(d => explained?.Invoke(d) != true).ToList();
        Assert.True(unexplained.Count == 0, $"{unexplained.Count} differences, ours and runc's:\n{string.Join('\n', unexplained.Take(60))}");
        if (explained is not null && RuntimeFixture.IsAnocir) Assert.NotEmpty(differences);
        Assert.Equal(theirs.Count, ours.Count);
        if (flagsCompared) Assert.Equal(theirLog, ourLog);
        else Assert.Equal(flags!.Any(f => (string?)f == "SECCOMP_FILTER_FLAG_LOG"), Assert.Single(ourLog));
        foreach (var field in (string[])["Seccomp", "Seccomp_filters", "NoNewPrivs", .. flagsCompared ? Speculation : []])
            Assert.Equal(Processes.Status(pid, field), Processes.Status(container.Pid, field));
        // Not only right, but not dearer.
        Assert.InRange(ours.Cost, 1, theirs.Cost + 1);
    }

    /// <summary>Once the program runs; a detached <c>run</c> may return an instant before.</summary>
    private static (FilterStack Filters, bool[] Log) Filters(int pid)
    {
        Until.True(() => File.ReadAllText($"/proc/{pid}/cmdline").StartsWith("sleep", StringComparison.Ordinal), $"process {pid} to be the program");
        return Tracer.FiltersOf(pid);
    }
}
