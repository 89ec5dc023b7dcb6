namespace Anocir.Platform.Systemd;

/// <summary>A method call.</summary>
/// <param name="Path">"/org/freedesktop/systemd1"</param>
/// <param name="Interface">"org.freedesktop.systemd1.Manager"</param>
/// <param name="Member">"StopUnit"</param>
/// <param name="Arguments">In order.</param>
/// <param name="Answer">What is read of the answer: "v" is a variant with a string in it, "o" the path of a job whose end is waited for, "" nothing.</param>
internal sealed record BusCall(string Path, string Interface, string Member, IReadOnlyList<BusValue> Arguments, string Answer = "")
{
    internal TaskCompletionSource<string> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Environment.TickCount64 after which nobody waits.</summary>
    internal long Deadline { get; init; } = long.MaxValue;
}
