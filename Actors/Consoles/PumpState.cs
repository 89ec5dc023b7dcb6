namespace Anocir.Actors.Consoles;

/// <summary>What a <see cref="Pump"/> waits for.</summary>
internal enum PumpState
{
    /// <summary>Nothing: there may be more at once.</summary>
    Ready,
    AwaitsSource,
    AwaitsTarget,
    /// <summary>The source has ended, or the target takes no more.</summary>
    Ended,
}
