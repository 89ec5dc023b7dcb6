using Anocir.Platform.Criu;
using Xunit;

namespace Anocir.Platform.Tests.Criu;

public sealed class CriuMessageTests
{
    private static readonly CriuOptions _plain = new() { ImagesDirectory = 9, LogFile = "dump.log", Root = "/root" };

    [Fact]
    public void Plain_dump_says_only_what_is_asked()
    {
        var fields = Fields(_plain with { Pid = 42 });
        Assert.Equal(["1=9", "2=42", "9=4", "10=dump.log", "12=1", "13=/root", "24=1", "34=6", "38=0", "50=1"], fields);
    }

    [Theory]
    [InlineData(3, nameof(CriuOptions.LeaveRunning))]
    [InlineData(4, nameof(CriuOptions.ExternalUnixSockets))]
    [InlineData(5, nameof(CriuOptions.TcpEstablished))]
    [InlineData(7, nameof(CriuOptions.ShellJob))]
    [InlineData(8, nameof(CriuOptions.FileLocks))]
    [InlineData(15, nameof(CriuOptions.TrackMemory))]
    [InlineData(16, nameof(CriuOptions.AutoDedup))]
    [InlineData(18, nameof(CriuOptions.LinkRemap))]
    [InlineData(46, nameof(CriuOptions.TcpSkipInFlight))]
    [InlineData(48, nameof(CriuOptions.LazyPages))]
    [InlineData(52, nameof(CriuOptions.TcpClose))]
    public void Flag_goes_to_the_field_that_criu_reads(int field, string name)
    {
        var options = _plain with { };
        typeof(CriuOptions).GetProperty(name)!.SetValue(options, true);
        Assert.Equal([$"{field}=1"], Fields(options).Except(Fields(_plain)));
    }

    [Theory]
    [InlineData(14, nameof(CriuOptions.ParentImages))]
    [InlineData(44, nameof(CriuOptions.FreezerCgroup))]
    [InlineData(51, nameof(CriuOptions.ConfigFile))]
    [InlineData(53, nameof(CriuOptions.LsmProfile))]
    [InlineData(63, nameof(CriuOptions.LsmMountContext))]
    public void Text_goes_to_the_field_that_criu_reads(int field, string name)
    {
        var options = _plain with { };
        typeof(CriuOptions).GetProperty(name)!.SetValue(options, "text");
        Assert.Equal([$"{field}=text"], Fields(options).Except(Fields(_plain)));
    }

    [Fact]
    public void Restore_hands_over_mounts_descriptors_namespaces_and_cgroups()
    {
        var fields = Fields(_plain with
        {
            Restoring = true,
            WorkDirectory = 10,
            ExternalMounts = [("/data", "/host/data")],
            InheritedDescriptors = [("pipe:[5]", 1)],
            JoinedNamespaces = [("ipc", "/proc/7/ns/ipc")],
            CgroupRoots = [("", "/box")],
            CgroupsMode = CgroupsMode.Strict,
            EmptyNamespaces = 0x40000000,
            NetworkLock = 2,
        });
        Assert.Equal([], new[] { "6=1", "26=1", "17=10", "23={1=/data,2=/host/data}", "27={1=pipe:[5],2=1}", "39={1=ipc,2=/proc/7/ns/ipc}", "25={1=,2=/box}", "34=5", "38=1073741824", "64=2" }.Except(fields));
    }

    [Fact]
    public void Dump_names_the_page_server_and_the_namespaces_of_others()
    {
        var fields = Fields(_plain with { PageServer = ("::1", 27), ExternalNamespaces = ["net[4026531840]:extRootNetNS"] });
        Assert.Equal([], new[] { "11={1=::1,2=27}", "37=net[4026531840]:extRootNetNS" }.Except(fields));
    }

    [Fact]
    public void Responses_are_read()
    {
        var notification = CriuResponse.Read(new ProtoWriter().Number(1, 6).Number(2, 1).Message(5, new ProtoWriter().String(1, "setup-namespaces").Number(2, 77)).ToArray());
        Assert.True(notification is { Type: CriuRequestType.Notify, Success: true, Script: "setup-namespaces", Pid: 77 });
        var failure = CriuResponse.Read(new ProtoWriter().Number(1, 1).Number(2, 0).Number(7, 3).String(9, "no").ToArray());
        Assert.True(failure is { Type: CriuRequestType.Dump, Success: false, Errno: 3, Message: "no" });
        var version = CriuResponse.Read(new ProtoWriter().Number(1, 10).Number(2, 1).Message(10, new ProtoWriter().Number(1, 3).Number(2, 17).Number(4, 1)).ToArray());
        Assert.Equal(31701, version.Version);
        var features = CriuResponse.Read(new ProtoWriter().Number(1, 9).Number(2, 1).Message(8, new ProtoWriter().Number(1, 1).Number(2, 0)).ToArray());
        Assert.True(features is { TracksMemory: true, HasLazyPages: false });
        Assert.Equal(9, CriuResponse.Read(new ProtoWriter().Number(1, 2).Number(2, 1).Message(4, new ProtoWriter().Number(1, 9)).ToArray()).Pid);
    }

    [Fact]
    public void Failure_is_told_with_the_first_errors_of_the_log_and_its_place()
    {
        var log = Path.GetTempFileName();
        try
        {
            File.WriteAllText(log, "(00.01) all is well\n(00.02) Error (criu/a.c:1): first\n(00.03) 7: Error (criu/b.c:2): second\n(00.04) Error (criu/c.c:3): third\n(00.05) Error (criu/d.c:4): fourth\n");
            var response = CriuResponse.Read(new ProtoWriter().Number(1, 1).Number(7, 1).String(9, "first\n").ToArray());
            Assert.Equal($"criu failed: type DUMP errno 1 (EPERM): Error (criu/a.c:1): first; 7: Error (criu/b.c:2): second; Error (criu/c.c:3): third (log: {log})", CriuLog.Describe(response, log));
            Assert.Equal($"criu failed: type DUMP errno 1 (EPERM): first (no log: {log}.not)", CriuLog.Describe(response, log + ".not"));
        }
        finally
        {
            File.Delete(log);
        }
    }

    private static List<string> Fields(CriuOptions options) => Fields(options.Write().ToArray(), [11, 23, 25, 27, 39]);

    private static List<string> Fields(ReadOnlyMemory<byte> message, int[] nested)
    {
        var fields = new List<string>();
        for (var r = new ProtoReader(message); r.Next();)
        {
            var value = r.Bytes.IsEmpty && r.Number != 0 ? r.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)
                : nested.Contains(r.Field) ? $"{{{string.Join(',', Fields(r.Bytes, []))}}}"
                : r.Text.Length > 0 ? r.Text : r.Field == 1 && nested.Length == 0 ? "" : "0";
            fields.Add($"{r.Field}={value}");
        }

        return fields;
    }
}
