namespace Anocir.Runtime.Tests.Seccomp;

/// <summary>Where two stacks of filters decide differently, over every system call number, three ABIs and the arguments that matter.</summary>
internal static class FilterComparison
{
    private const uint X86_64 = 0xc000003e;
    private const uint I386 = 0x40000003;
    private const uint X32Bit = 1 << 30;

    /// <summary>The ABIs of this machine; x32 calls have the kernel's number of x86-64 and bit 30.</summary>
    private static readonly (string Name, uint Architecture, uint Bit)[] Abis = [("x86_64", X86_64, 0), ("i386", I386, 0), ("x32", X86_64, X32Bit)];

    private static readonly uint[] Boundaries =
    [
        1024, 1025, 2047, 2048, 4095, 4096, 0x7fff, 0x8000, 0xffff, 0x10000, 0x0f0000, 0x0fffff, 0x3ffffffe, 0x3fffffff,
        0x40000000, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xc0000000, 0xfffffffe, 0xffffffff,
    ];

    /// <summary>Architectures that are none of this machine's: every filter has to treat them alike too.</summary>
    private static readonly uint[] Foreign = [0, 0xc00000b7 /* aarch64 */, 0x40000028 /* arm */, 0x80000016 /* s390x */, 0xffffffff];

    public sealed record Difference(string Abi, uint Number, string Arguments, uint Left, uint Right)
    {
        public override string ToString() => $"{Abi} {Number & ~X32Bit} ({Arguments}): {SeccompAnswer.Name(Left)} and {SeccompAnswer.Name(Right)}";
    }

    /// <summary>The differences, and how many decisions were compared.</summary>
    public static (IReadOnlyList<Difference> Differences, long Decisions) Compare(FilterStack left, FilterStack right)
    {
        var differences = new List<Difference>();
        var decisions = 0L;
        var samples = Samples(left.Constants.Concat(right.Constants));
        foreach (var (abi, architecture, bit) in Abis)
        {
            foreach (var number in Enumerable.Range(0, 1024).Select(n => (uint)n).Concat(Boundaries))
                CompareNumber(abi, architecture, number ^ bit);
        }

        foreach (var architecture in Foreign)
        {
            foreach (var number in (uint[])[0, 1, 57, 999, X32Bit, 0xffffffff]) CompareNumber($"architecture 0x{architecture:x8}", architecture, number);
        }

        return (differences, decisions);

        void CompareNumber(string abi, uint architecture, uint number)
        {
            if (!Same(0, 0, 0, 0, 0, 0)) return;
            var read = left.ArgumentsRead(architecture, number) | right.ArgumentsRead(architecture, number);
            // Another value of one argument may lead to a look at another: the set grows until it stands.
            for (var known = 0; known != read;)
            {
                known = read;
                foreach (var index in Indices(known))
                {
                    foreach (var sample in samples)
                    {
                        var arguments = new ulong[6];
                        arguments[index] = sample;
                        read |= left.ArgumentsRead(architecture, number, arguments) | right.ArgumentsRead(architecture, number, arguments);
                        if (!Same(arguments)) return;
                    }
                }
            }

            var random = new Random(unchecked((int)(number ^ architecture)));
            for (var i = 0; i < (read == 0 ? 0 : 2000); i++)
            {
                var arguments = new ulong[6];
                foreach (var index in Indices(read)) arguments[index] = samples[random.Next(samples.Length)];
                if (!Same(arguments)) return;
            }

            bool Same(params ulong[] arguments)
            {
                decisions++;
                var (one, other) = (left.Decide(architecture, number, arguments), right.Decide(architecture, number, arguments));
                if (one == other) return true;
                differences.Add(new Difference(abi, number, string.Join(", ", arguments.Select(a => $"0x{a:x}")), one, other));
                return false;
            }
        }
    }

    private static IEnumerable<int> Indices(int bits) => Enumerable.Range(0, 6).Where(i => (bits >> i & 1) != 0);

    /// <summary>At and around each constant, in the low word, in the high one, and in both.</summary>
    private static ulong[] Samples(IEnumerable<uint> constants)
    {
        var words = constants.Concat([0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu])
            .SelectMany(c => (uint[])[c - 1, c, c + 1, ~c]).Distinct().ToArray();
        return [.. words.SelectMany(w => (ulong[])[w, (ulong)w << 32, (ulong)w << 32 | w, 1ul << 32 | w, 0xffffffff00000000 | w]).Distinct()];
    }
}
