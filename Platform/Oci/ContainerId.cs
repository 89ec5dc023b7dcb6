using System.Diagnostics.CodeAnalysis;

namespace Anocir.Platform.Oci;

/// <summary>The name of a container: letters, digits and <c>_ + - .</c>, at most 1024 of them, and not <c>.</c> or <c>..</c>
/// (it becomes a directory).</summary>
public readonly record struct ContainerId
{
    public const int MaxLength = 1024;

    private readonly string? _value;

    private ContainerId(string value) => _value = value;

    /// <summary>Empty only in a default value, which no parser returns.</summary>
    public string Value => _value ?? "";

    /// <summary>Reads an id; false with the text for the caller when it is none.</summary>
    public static bool TryParse(string? text, out ContainerId id, [NotNullWhen(false)] out string? error)
    {
        id = default;
        error = null;
        if (string.IsNullOrEmpty(text))
        {
            error = "invalid container ID format: container id cannot be empty";
        }
        else if (text.Length > MaxLength)
        {
            error = $"invalid container ID format: longer than {MaxLength} characters";
        }
        else if (text is "." or ".." || !IsMadeOfAllowedCharacters(text))
        {
            error = $"invalid container ID format: {Quoted.Text(text)}";
        }
        else
        {
            id = new ContainerId(text);
        }
        return error is null;
    }

    /// <summary>Reads an id.</summary>
    /// <exception cref="ContainerException"><c>invalid container ID format: …</c></exception>
    public static ContainerId Parse(string? text) => TryParse(text, out var id, out var error) ? id : throw new ContainerException(error);

    public override string ToString() => Value;

    private static bool IsMadeOfAllowedCharacters(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '+' or '-' or '.')) return false;
        }
        return true;
    }
}
