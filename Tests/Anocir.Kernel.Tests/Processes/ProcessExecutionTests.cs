using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Kernel.Tests.Processes;

public sealed class ProcessExecutionTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("anocir-exec-");

    public ProcessExecutionTests() => _folder.UnixFileMode |=
        UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public void Dispose() => _folder.Delete(recursive: true);

    [SkippableFact]
    public void Environment_is_the_configs_and_home_comes_from_the_user_database()
    {
        var print = ProbeRun.Program("env") with { Env = ["PATH=/usr/bin", "A=1", "A=ü"] };

        Assert.Equal("PATH=/usr/bin\nA=ü\nHOME=/root", ProbeRun.Of(print).Succeeded());
        Assert.Equal("HOME=/", ProbeRun.Of(print with { Env = ["HOME="], User = new User { Uid = 424242 } }).Succeeded());
        Assert.Equal("HOME=/h", ProbeRun.Of(print with { Env = ["HOME=/h"] }).Succeeded());
    }

    [SkippableFact]
    public void Program_is_found_in_the_containers_path_only()
    {
        Script("tool", "echo found");

        Assert.Equal("found", ProbeRun.Of(ProbeRun.Program("tool") with { Env = [$"PATH=/nonexistent:{_folder}"] }).Succeeded());
        Assert.Equal("found", ProbeRun.Of(ProbeRun.Program("./tool") with { Cwd = _folder.FullName }).Succeeded());
        Assert.Equal("found", ProbeRun.Of(ProbeRun.Program("tool") with { Cwd = _folder.FullName, Env = ["PATH="] }).Succeeded());
        Failed(ProbeRun.Of(ProbeRun.Program("tool")), "exec: \"tool\": executable file not found in $PATH");
    }

    [SkippableFact]
    public void Program_that_cannot_be_is_an_error_in_the_words_of_engines()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "plain"), "x");

        Failed(ProbeRun.Of(ProbeRun.Program("")), "exec: \"\": executable file not found in $PATH");
        Failed(ProbeRun.Of(ProbeRun.Program("/no/such")), "exec: \"/no/such\": no such file or directory");
        Failed(ProbeRun.Of(ProbeRun.Program("/etc")), "exec: \"/etc\": is a directory: permission denied");
        Failed(ProbeRun.Of(ProbeRun.Program("/etc/passwd/x")), "exec: \"/etc/passwd/x\": not a directory");
        Failed(ProbeRun.Of(ProbeRun.Program($"{_folder}/plain")), $"exec: \"{_folder}/plain\": permission denied");
    }

    [SkippableFact]
    public void Program_is_looked_up_with_the_rights_of_its_user()
    {
        var tool = Script("private", "echo ran");
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);

        Failed(ProbeRun.Of(ProbeRun.Program(tool) with { User = new User { Uid = 1000, Gid = 1000 } }), $"exec: \"{tool}\": permission denied");
        Assert.Equal("ran", ProbeRun.Of(ProbeRun.Program(tool) with { User = new User { Uid = 1000, Gid = 1000, AdditionalGids = [0] } }).Succeeded());
        Assert.Equal("ran", ProbeRun.Of(ProbeRun.Program(tool) with { User = new User { Uid = 1000, Gid = 0 } }).Succeeded());
    }

    [SkippableFact]
    public void Program_that_the_kernel_refuses_is_an_error_of_execve()
    {
        ProbeRun.RequireRoot();
        var noInterpreter = Script("lost", "true", "/no/interpreter");
        var garbage = Path.Combine(_folder.FullName, "garbage");
        File.WriteAllText(garbage, "garbage");
        File.SetUnixFileMode(garbage, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Failed(ProbeRun.Of(ProbeRun.Program(noInterpreter)), $"exec {noInterpreter}: no such file or directory");
        Failed(ProbeRun.Of(ProbeRun.Program(garbage)), $"exec {garbage}: exec format error");
    }

    [SkippableFact]
    public void Working_directory_is_made_when_missing()
    {
        var made = Path.Combine(_folder.FullName, "a", "b");

        Assert.Equal(made, ProbeRun.Of(ProbeRun.Program("pwd") with { Cwd = made + "/" }).Succeeded());
        Assert.Equal("755", ProbeRun.Of(ProbeRun.Program("stat", "-c", "%a", made)).Succeeded());
        Failed(
            ProbeRun.Of(ProbeRun.Program("pwd") with { Cwd = made + "2" }, change: plan => plan with { CreateCwd = false }),
            $"chdir to cwd (\"{made}2\") set in config.json failed: ENOENT (no such file or directory)");
        Failed(
            ProbeRun.Of(ProbeRun.Program("pwd") with { Cwd = "/etc/passwd" }),
            "chdir to cwd (\"/etc/passwd\") set in config.json failed: ENOTDIR (not a directory)");
    }

    [SkippableFact]
    public void Working_directory_only_for_the_user_is_entered_as_the_user()
    {
        ProbeRun.RequireRoot();
        var home = _folder.CreateSubdirectory("home");
        Script(Path.Combine("home", "tool"), "pwd");
        ProbeRun.Of(ProbeRun.Program("chown", "-R", "1000:1000", home.FullName)).Succeeded();
        home.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        string[] withoutOverride = ["capsh", "--drop=cap_dac_override,cap_dac_read_search", "--", "-c", "exec \"$@\"", "probe"];

        var run = ProbeRun.Of(ProbeRun.Program("./tool") with { Cwd = home.FullName, User = new User { Uid = 1000, Gid = 1000 } }, under: withoutOverride);

        Assert.Equal(home.FullName, run.Succeeded());
    }

    [SkippableFact]
    public void Working_directory_outside_the_root_is_refused()
    {
        ProbeRun.RequireRoot();
        var detach = $"mount -t tmpfs anocir {_folder} && exec 7<{_folder} && umount -l {_folder} && exec \"$@\"";

        var run = ProbeRun.Of(
            ProbeRun.Program("ls") with { Cwd = "/proc/self/fd/7" },
            under: ["unshare", "--mount", "--propagation", "private", "sh", "-c", detach, "probe"]);

        Failed(run, "current working directory is outside of container mount namespace root -- possible container breakout detected");
    }

    private static void Failed(ProbeRun run, string message)
    {
        Assert.Equal(99, run.ExitCode);
        Assert.Equal($"error: {message}\n", run.Errors);
    }

    private string Script(string name, string line, string interpreter = "/bin/sh")
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, $"#!{interpreter}\n{line}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        return path;
    }
}
