using System.Buffers.Binary;
using System.Diagnostics;
using Anocir.Runtime.Tests.Seccomp;

namespace Anocir.Contract.Tests.Running;

/// <summary>
/// A parent as containerd's shim, conmon and buildah are: a child subreaper that runs the runtime once and reaps whatever becomes its
/// child, until nothing is left. It is a program of a few system calls, so that nothing else can reap.
/// </summary>
internal sealed class Subreaper : IDisposable
{
    private static readonly byte[] Exit = [0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05];

    // execve(argv[1], argv + 1, envp) out of the kernel's start: argc at [rsp], argv behind it, envp behind argv's null.
    private static readonly byte[] Child =
    [
        0x48, 0x8b, 0x04, 0x24, 0x48, 0x8d, 0x54, 0xc4, 0x10, 0x48, 0x8d, 0x74, 0x24, 0x10, 0x48, 0x8b, 0x3e, 0xb8, 59, 0, 0, 0, 0x0f, 0x05,
        .. Exit,
    ];

    // *(rsp + 8) = 0; rax = wait4(-1, rsp + 8, 0, 0); test rax, rax
    private static readonly byte[] Wait =
    [
        0x48, 0xc7, 0x44, 0x24, 0x08, 0, 0, 0, 0,
        0xb8, 61, 0, 0, 0, 0x48, 0xc7, 0xc7, 0xff, 0xff, 0xff, 0xff, 0x48, 0x8d, 0x74, 0x24, 0x08, 0x31, 0xd2, 0x4d, 0x31, 0xd2, 0x0f, 0x05,
        0x48, 0x85, 0xc0,
    ];

    // *rsp = rax; write(9, rsp, 16)
    private static readonly byte[] Tell =
        [0x48, 0x89, 0x04, 0x24, 0xb8, 1, 0, 0, 0, 0xbf, 9, 0, 0, 0, 0x48, 0x89, 0xe6, 0xba, 16, 0, 0, 0, 0x0f, 0x05];

    /// <summary>prctl(PR_SET_CHILD_SUBREAPER, 1); fork(); the child becomes the runtime, the parent waits and tells until it has no child.</summary>
    private static readonly byte[] Code =
    [
        0xb8, 157, 0, 0, 0, 0xbf, 36, 0, 0, 0, 0xbe, 1, 0, 0, 0, 0x31, 0xd2, 0x4d, 0x31, 0xd2, 0x4d, 0x31, 0xc0, 0x0f, 0x05,
        0xb8, 57, 0, 0, 0, 0x0f, 0x05, 0x85, 0xc0, 0x75, (byte)Child.Length, // fork; test eax, eax; jnz over the child
        .. Child,
        0x48, 0x83, 0xec, 0x20, // sub rsp, 32
        .. Wait, 0x78, (byte)(Tell.Length + 2), .. Tell, 0xeb, unchecked((byte)-(Wait.Length + 2 + Tell.Length + 2)), // js to the exit; jmp to wait
        .. Exit,
    ];

    private readonly Process _process;
    private readonly string _reaped;

    private Subreaper(Process process, string reaped) => (_process, _reaped) = (process, reaped);

    public int Pid => _process.Id;

    /// <summary>The wait statuses of all that was reaped so far, by pid.</summary>
    public IReadOnlyDictionary<int, int> Reaped
    {
        get
        {
            var bytes = File.ReadAllBytes(_reaped);
            return Enumerable.Range(0, bytes.Length / 16).ToDictionary(
                i => (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16 * i)), i => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16 * i + 8)));
        }
    }

    /// <summary>Has it run the runtime with these arguments.</summary>
    public static Subreaper Start(RuntimeFixture runtime, string name, params string[] arguments)
    {
        Skip.If(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture != System.Runtime.InteropServices.Architecture.X64, "the subreaper is a program for x86-64");
        var program = runtime.Scratch.File($"{name}-subreaper");
        SyscallProgram.Save(program, Code);
        var reaped = program + ".reaped";
        var words = string.Join(' ', new[] { program, RuntimeUnderTest.Path, "--root", runtime.Root }.Concat(arguments).Select(Pty.Quote));
        var info = new ProcessStartInfo("/bin/sh", ["-c", $"exec {words} </dev/null >{program}.out 2>{program}.err 9>{reaped}"]) { UseShellExecute = false };
        foreach (var (key, value) in SupervisorUnderTest.Environment(runtime.RuntimeDirectory)) info.Environment[key] = value;
        var process = Process.Start(info)!;
        var subreaper = new Subreaper(process, reaped);
        Until.True(() => File.Exists(reaped) && subreaper.Reaped.Count > 0, "the end of the runtime", explain: () => File.ReadAllText(program + ".err"));
        Assert.True(subreaper.Reaped.First().Value == 0, $"the runtime's wait status is {subreaper.Reaped.First().Value}: {File.ReadAllText(program + ".err")}");
        return subreaper;
    }

    /// <summary>The wait status of a process that it reaps.</summary>
    public int StatusOf(int pid)
    {
        Until.True(() => Reaped.ContainsKey(pid), $"process {pid} to be reaped by {Pid}", explain: () => string.Join(", ", Reaped));
        return Reaped[pid];
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
