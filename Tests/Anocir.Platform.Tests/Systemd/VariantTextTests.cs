using Anocir.Platform.Systemd;
using Xunit;

namespace Anocir.Platform.Tests.Systemd;

public class VariantTextTests
{
    [Theory]
    [InlineData("5", "i", "5")]
    [InlineData("-5", "i", "-5")]
    [InlineData("0x10", "i", "16")]
    [InlineData("010", "i", "8")]
    [InlineData("uint64 18446744073709551615", "t", "uint64 18446744073709551615")]
    [InlineData("byte 255", "y", "byte 255")]
    [InlineData("int16 -3", "n", "int16 -3")]
    [InlineData("uint16 3", "q", "uint16 3")]
    [InlineData("uint32 3", "u", "uint32 3")]
    [InlineData("int64 -3", "x", "int64 -3")]
    [InlineData("1.5", "d", "double 1.5")]
    [InlineData("1e3", "d", "double 1000")]
    [InlineData("double 3", "d", "double 3")]
    [InlineData(" true ", "b", "true")]
    [InlineData("boolean false", "b", "false")]
    [InlineData("'inactive-or-failed'", "s", "'inactive-or-failed'")]
    [InlineData("\"two words\"", "s", "'two words'")]
    [InlineData("'\\u0041\\t\\''", "s", "'A\t''")]
    [InlineData("objectpath '/a'", "o", "objectpath '/a'")]
    [InlineData("['a', 'b']", "as", "['a', 'b']")]
    [InlineData("[uint64 1, 2]", "at", "[uint64 1, uint64 2]")]
    [InlineData("@as []", "as", "@as []")]
    [InlineData("[['a'], ['b', 'c']]", "aas", "[['a'], ['b', 'c']]")]
    [InlineData("@a{sau} {'x': [1]}", "a{sau}", "{'x': [uint32 1]}")]
    [InlineData("@a{sv} {}", "a{sv}", "@a{sv} []")]
    [InlineData("<5>", "v", "<5>")]
    [InlineData("{'a': <1>, 'b': <'x'>}", "a{sv}", "{'a': <1>, 'b': <'x'>}")]
    [InlineData("b'ab'", "ay", "[byte 97, byte 98, byte 0]")]
    public void Text_becomes_a_value_of_its_type(string text, string signature, string value)
    {
        var parsed = VariantText.Parse(text);
        Assert.Equal(signature, parsed.Signature);
        Assert.Equal(value, parsed.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("invalid-value")]
    [InlineData("5 6")]
    [InlineData("'open")]
    [InlineData("[1, 'a']")]
    [InlineData("[1")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("byte 256")]
    [InlineData("byte -1")]
    [InlineData("3000000000")]
    [InlineData("uint64 -1")]
    [InlineData("@as")]
    [InlineData("@a [1]")]
    [InlineData("@a{vs} {}")]
    [InlineData("@a(ss) []")]
    [InlineData("@a{s [1]")]
    [InlineData("@as 5")]
    [InlineData("uint64 int64 5")]
    [InlineData("'\\ud800'")]
    [InlineData("(1, 2)")]
    [InlineData("08")]
    public void Text_that_is_no_value_is_refused(string text) => Assert.Throws<FormatException>(() => VariantText.Parse(text));

    [Fact]
    public void Text_of_endless_depth_is_refused() => Assert.Throws<FormatException>(() => VariantText.Parse(new string('[', 100_000)));

    [Fact]
    public void Text_of_noise_is_a_value_or_refused()
    {
        var random = new Random(7);
        const string letters = "[]{}<>()'\"\\@abinstuy0159.-+e:, ux";
        for (var i = 0; i < 50_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(14)).Select(_ => letters[random.Next(letters.Length)]));
            try
            {
                VariantText.Parse(text);
            }
            catch (FormatException)
            {
                // As it should.
            }
        }
    }
}
