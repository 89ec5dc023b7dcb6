using System.Globalization;
using System.Text;
using Anocir.Platform;
using Anocir.Platform.Syscalls;

namespace Anocir.Cli;

/// <summary>Messages in the form that engines parse (logrus' text and JSON): the final error once in the log and once on stderr.</summary>
internal sealed class Log
{
    private readonly string? _path;
    private readonly bool _json;
    private readonly bool _debug;

    public Log(string? path, string format, bool debug)
    {
        if (format is not ("text" or "json")) throw new ContainerException($"invalid log-format: {format}");
        _path = string.IsNullOrEmpty(path) ? null : path;
        _json = format == "json";
        _debug = debug;
    }

    public void Debug(string message)
    {
        if (_debug) Write("debug", message);
    }

    public void Warning(string message) => Write("warning", message);

    /// <summary>The last word of a failed command.</summary>
    public void Error(string message)
    {
        Write("error", message);
        if (_path is not null) Standard.Error(message + "\n");
    }

    private void Write(string level, string message)
    {
        var time = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        var line = _json
            ? $"{{\"level\":\"{level}\",\"msg\":\"{Escape(message)}\",\"time\":\"{time}\"}}\n"
            : $"time=\"{time}\" level={level} msg=\"{Escape(message)}\"\n";
        if (_path is null)
        {
            Standard.Error(line);
            return;
        }

        var file = Sys.TryOpen(null, _path, Sys.OWrOnly | Sys.OCreat | Sys.OAppend, 0x1A4 /* 0644 */, out var errno);
        if (file is null)
        {
            Standard.Error($"open log {_path}: {Errno.Name(errno)} ({Errno.Text(errno)})\n");
            return;
        }

        using (file) Sys.TryWrite(file, Encoding.UTF8.GetBytes(line));
    }

    /// <summary>A JSON string's inside; Go's quoted text form is the same for what occurs here.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => escaped.Append("\\\""),
                '\\' => escaped.Append("\\\\"),
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                < ' ' => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }
}
