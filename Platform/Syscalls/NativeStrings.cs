using System.Runtime.InteropServices;
using System.Text;

namespace Anocir.Platform.Syscalls;

/// <summary>A null-terminated array of NUL-terminated UTF-8 strings: argv and envp, laid out before a clone.</summary>
public sealed unsafe class NativeStrings : IDisposable
{
    private readonly int _count;

    public NativeStrings(IReadOnlyList<string> strings)
    {
        _count = strings.Count;
        Values = (byte**)NativeMemory.Alloc((nuint)_count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < _count; i++)
        {
            var length = Encoding.UTF8.GetByteCount(strings[i]);
            Values[i] = (byte*)NativeMemory.Alloc((nuint)length + 1);
            Encoding.UTF8.GetBytes(strings[i], new Span<byte>(Values[i], length));
            Values[i][length] = 0;
        }

        Values[_count] = null;
    }

    public byte** Values { get; }

    public void Dispose()
    {
        for (var i = 0; i < _count; i++) NativeMemory.Free(Values[i]);
        NativeMemory.Free(Values);
    }
}
