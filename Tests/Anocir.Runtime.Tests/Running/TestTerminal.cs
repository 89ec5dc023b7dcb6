using System.Text;

namespace Anocir.Runtime.Tests.Running;

/// <summary>A terminal of the test, or one received: what is printed on it is gathered.</summary>
internal sealed class TestTerminal : IDisposable
{
    private readonly StringBuilder _shown = new();
    private readonly int _master;

    private TestTerminal(int master, string slave)
    {
        (_master, Slave) = (master, slave);
        // Ends when the last slave is closed; a blocked read outlives nobody, for it is a background thread.
        new Thread(Gather) { IsBackground = true }.Start();
    }

    /// <summary>The path of the slave: give it to <see cref="Caller.Terminal"/>.</summary>
    public string Slave { get; }

    public string Shown
    {
        get
        {
            lock (_shown) return _shown.ToString();
        }
    }

    public (int Rows, int Columns) Size => Native.SizeOf(_master);

    public static TestTerminal Open()
    {
        var (master, slave) = Native.OpenTerminal();
        return new TestTerminal(master, slave);
    }

    public static TestTerminal Over(int master) => new(master, "");

    public void Resize(int rows, int columns) => Native.Resize(_master, rows, columns);

    public void Type(string text) => Native.Write(_master, text);

    public void WaitFor(string text) =>
        Until.True(() => Shown.Contains(text, StringComparison.Ordinal), $"\"{text}\" on the terminal", explain: () => Shown);

    public void Dispose() => Native.Close(_master);

    private void Gather()
    {
        while (Native.Read(_master) is { Length: > 0 } text)
        {
            lock (_shown) _shown.Append(text);
        }
    }
}
