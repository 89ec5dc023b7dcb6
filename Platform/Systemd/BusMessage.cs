using System.Runtime.InteropServices;
using System.Text;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Systemd;

/// <summary>Puts values into a message of sd-bus, and takes strings out.</summary>
internal static unsafe class BusMessage
{
    internal static void Append(nint message, BusValue value)
    {
        switch (value.Content)
        {
            case bool b: Basic(message, value, b ? 1 : 0); break;
            case string s: AppendText(message, value, s); break;
            case byte n: Basic(message, value, n); break;
            case short n: Basic(message, value, n); break;
            case ushort n: Basic(message, value, n); break;
            case int n: Basic(message, value, n); break;
            case uint n: Basic(message, value, n); break;
            case long n: Basic(message, value, n); break;
            case ulong n: Basic(message, value, n); break;
            case double n: Basic(message, value, n); break;
            case BusValue inner:
                Check(LibSystemd.sd_bus_message_open_container(message, (byte)'v', inner.Signature));
                Append(message, inner);
                Check(LibSystemd.sd_bus_message_close_container(message));
                break;
            case IReadOnlyList<BusValue> list:
                AppendContainer(message, value.Signature, list);
                break;
            default:
                throw new InvalidOperationException($"{value.Content.GetType().Name} is no D-Bus value");
        }
    }

    internal static string ReadText(nint message, char type)
    {
        byte* text = null;
        return Check(LibSystemd.sd_bus_message_read_basic(message, (byte)type, &text)) > 0 ? Text(text) : "";
    }

    internal static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    internal static int Check(int result) => result >= 0 ? result : throw new SyscallException("D-Bus message", -result);

    private static void AppendContainer(nint message, string signature, IReadOnlyList<BusValue> list)
    {
        var (type, contents) = signature[0] switch
        {
            'a' => ('a', signature[1..]),
            '(' => ('r', signature[1..^1]),
            _ => ('e', signature[1..^1]),
        };
        Check(LibSystemd.sd_bus_message_open_container(message, (byte)type, contents));
        foreach (var item in list) Append(message, item);
        Check(LibSystemd.sd_bus_message_close_container(message));
    }

    private static void AppendText(nint message, BusValue value, string text)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(text + '\0'))
        {
            Check(LibSystemd.sd_bus_message_append_basic(message, (byte)value.Signature[0], bytes));
        }
    }

    private static void Basic<T>(nint message, BusValue value, T content) where T : unmanaged =>
        Check(LibSystemd.sd_bus_message_append_basic(message, (byte)value.Signature[0], &content));
}
