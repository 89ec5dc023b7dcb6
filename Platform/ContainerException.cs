namespace Anocir.Platform;

/// <summary>A failure that the caller is told in these words: bad input, or something this host cannot do.</summary>
public sealed class ContainerException(string message, Exception? inner = null) : Exception(message, inner);
