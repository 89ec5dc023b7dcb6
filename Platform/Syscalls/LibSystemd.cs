using System.Runtime.InteropServices;

namespace Anocir.Platform.Syscalls;

/// <summary>
/// The parts of sd-bus that carry messages. Loaded at the first call, by the supervisor only. Results are 0 (or a number) or −errno.
/// A bus object belongs to one thread; messages that nobody called back for are returned by <see cref="sd_bus_process"/>, so that no
/// callback into managed code is needed.
/// </summary>
internal static unsafe partial class LibSystemd
{
    private const string Name = "libsystemd.so.0";

    internal const byte MethodReturn = 2;
    internal const byte MethodError = 3;
    internal const byte Signal = 4;

    /// <summary>sd_bus_error</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Error
    {
        internal byte* Name;
        internal byte* Message;
        internal int NeedsFree;
    }

    [LibraryImport(Name)] internal static partial int sd_bus_new(nint* bus);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)] internal static partial int sd_bus_set_address(nint bus, string address);
    [LibraryImport(Name)] internal static partial int sd_bus_set_bus_client(nint bus, int isClient);
    [LibraryImport(Name)] internal static partial int sd_bus_start(nint bus);
    [LibraryImport(Name)] internal static partial int sd_bus_get_fd(nint bus);
    [LibraryImport(Name)] internal static partial int sd_bus_get_events(nint bus);
    [LibraryImport(Name)] internal static partial int sd_bus_get_timeout(nint bus, ulong* absoluteMicroseconds);
    [LibraryImport(Name)] internal static partial int sd_bus_process(nint bus, nint* message);
    [LibraryImport(Name)] internal static partial int sd_bus_send(nint bus, nint message, ulong* cookie);
    [LibraryImport(Name)] internal static partial void sd_bus_close(nint bus);
    [LibraryImport(Name)] internal static partial nint sd_bus_unref(nint bus);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int sd_bus_message_new_method_call(nint bus, nint* message, string destination, string path, string? @interface, string member);
    [LibraryImport(Name)] internal static partial int sd_bus_message_append_basic(nint message, byte type, void* value);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)] internal static partial int sd_bus_message_open_container(nint message, byte type, string contents);
    [LibraryImport(Name)] internal static partial int sd_bus_message_close_container(nint message);
    [LibraryImport(Name)] internal static partial int sd_bus_message_get_type(nint message, byte* type);
    [LibraryImport(Name)] internal static partial int sd_bus_message_get_reply_cookie(nint message, ulong* cookie);
    [LibraryImport(Name)] internal static partial Error* sd_bus_message_get_error(nint message);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)] internal static partial int sd_bus_message_is_signal(nint message, string @interface, string member);
    [LibraryImport(Name)] internal static partial int sd_bus_message_read_basic(nint message, byte type, void* value);
    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)] internal static partial int sd_bus_message_enter_container(nint message, byte type, string contents);
    [LibraryImport(Name)] internal static partial nint sd_bus_message_unref(nint message);
}
