using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Anocir.Platform.Oci;

/// <summary>Times as Go's RFC3339Nano prints them in UTC: fractions of a second without trailing zeros, and <c>Z</c>.</summary>
internal sealed class Rfc3339Nano : JsonConverter<DateTimeOffset>
{
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(Format(value));
}
