namespace Anocir.Runtime.Tests.Seccomp;

/// <summary>What a filter answers, in words: "errno 38", "allow".</summary>
internal static class SeccompAnswer
{
    public static string Name(uint answer) => (answer & 0xffff_0000) switch
    {
        0x0000_0000 => "kill thread",
        0x8000_0000 => "kill process",
        0x0003_0000 => "trap",
        0x0005_0000 => $"errno {answer & 0xffff}",
        0x7fc0_0000 => "notify",
        0x7ff0_0000 => $"trace {answer & 0xffff}",
        0x7ffc_0000 => "log",
        0x7fff_0000 => "allow",
        _ => $"0x{answer:x8}",
    };
}
