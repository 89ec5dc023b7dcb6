using System.Globalization;
using System.Text;
using Anocir.Platform.Oci;
using Xunit;

namespace Anocir.Platform.Tests.Oci;

/// <summary>Whatever is done to a good configuration, the answer is a text for the caller and never a bug.</summary>
public sealed class ConfigFuzzTests
{
    private static readonly string[] Values =
    [
        "null", "-1", "0", "1", "4294967295", "18446744073709551615", "99999999999999999999", "1.5", "true", "\"\"", "\"/\"", "\"..\"", "\"a\\u0000\"",
        "\"\\ud800\"", "[]", "{}", "[null]", "[[]]", "{\"\":null}", "[{}]", "\"SCMP_ACT_NOTIFY\"", "\"bind\"",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Config_mutated_isAcceptedOrRefusedInWords(int seed)
    {
        var random = new Random(seed);
        var originals = TestData.ConfigFiles.Append("full-config.json").Select(TestData.Read).ToArray();
        var refused = 0;
        for (var round = 0; round < 1500; round++)
        {
            var mutant = Mutate(originals[random.Next(originals.Length)], random);
            try
            {
                SpecValidator.Validate(SpecReader.Parse(mutant), new ValidationOptions
                {
                    SystemdCgroup = random.Next(4) == 0,
                    Rootless = random.Next(4) == 0,
                    NoPivot = random.Next(4) == 0,
                });
            }
            catch (ContainerException e)
            {
                refused++;
                Assert.StartsWith("config.json: ", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("System.", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(e.Message, char.IsControl);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"seed {seed}, round {round}: {e}\n{Encoding.UTF8.GetString(mutant)}"));
            }
        }
        Assert.InRange(refused, 500, 1500);
    }

    private static byte[] Mutate(byte[] original, Random random) => random.Next(3) switch
    {
        0 => ReplaceValue(original, random),
        1 => FlipBytes(original, random),
        _ => original[..random.Next(original.Length)],
    };

    /// <summary>Puts another value after a colon, or in place of an element: the text stays JSON, mostly.</summary>
    private static byte[] ReplaceValue(byte[] original, Random random)
    {
        var text = Encoding.UTF8.GetString(original);
        var starts = Enumerable.Range(0, text.Length).Where(i => text[i] is ':' or '[').ToArray();
        var start = starts[random.Next(starts.Length)] + 1;
        while (char.IsWhiteSpace(text[start])) start++;
        var end = start;
        if (text[start] == '"')
        {
            for (end++; text[end] != '"'; end++) end += text[end] == '\\' ? 1 : 0;
            end++;
        }
        else if (text[start] is '{' or '[')
        {
            var depth = 0;
            do depth += text[end++] switch { '{' or '[' => 1, '}' or ']' => -1, _ => 0 };
            while (depth > 0 && end < text.Length);
        }
        else
        {
            while (text[end] is not (',' or '}' or ']')) end++;
            if (end == start) return original;
        }
        return Encoding.UTF8.GetBytes(text[..start] + Values[random.Next(Values.Length)] + text[end..]);
    }

    private static byte[] FlipBytes(byte[] original, Random random)
    {
        var mutant = (byte[])original.Clone();
        for (var n = random.Next(1, 5); n > 0; n--) mutant[random.Next(mutant.Length)] = (byte)random.Next(256);
        return mutant;
    }
}
