// The rows and keys the codec's tests write and read.
using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace StreamLinq.Tests.Codec;

internal enum Small : byte
{
    A,
    B = 200,
}

internal enum Wide : long
{
    Low = long.MinValue,
    High = long.MaxValue,
}

internal sealed record Row(string? Word, int Count);

internal sealed record Click(long User, string? Page, DateTimeOffset At, decimal Price, Small Kind, double? Score);

internal readonly record struct Point(int X, double Y);

internal sealed record WithMore(int A)
{
    public string? B { get; init; }

    public int Twice => 2 * A;
}

internal record Animal(string Name);

internal sealed record Dog(string Name, int Age) : Animal(Name);

internal sealed class Plain
{
    private string? _text;

    public int Number { get; set; }

    public string? Text { get => _text; set => _text = value; }

    public required long[]? Items { get; init; }
}

internal sealed class Reversed(string second, int first)
{
    public int First => first;

    public string Second { get; } = second;
}

internal sealed record Tree(string Name, List<Tree>? Children);

internal sealed record Chain(int Value, Chain? Next);

internal sealed record Forgetful(int A)
{
    private int _seen;

    public int See() => ++_seen;
}

internal sealed record Caching(int A)
{
    [NonSerialized]
    private int _seen;

    public int See() => ++_seen;
}

internal sealed record Loud(string Name)
{
    public bool Equals(Loud? other) => string.Equals(Name, other?.Name, StringComparison.OrdinalIgnoreCase);

    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Name);
}

internal sealed record Positive(int Value)
{
    public int Value { get; } = Value > 0 ? Value : throw new ArgumentOutOfRangeException(nameof(Value));
}

internal struct Empty;

internal struct Fields
{
    public int A;
    public string? B;
}

internal sealed record Tagged(int Id, string[] Tags);

internal sealed record Nested(Tagged Inner);

internal sealed record Everything(
    bool Bool, sbyte Int8, byte UInt8, short Int16, ushort UInt16, int Int32, uint UInt32, long Int64, ulong UInt64, char Char, float Float, double Double,
    decimal Decimal, string? String, Guid Guid, DateTime DateTime, DateTimeOffset Instant, TimeSpan Duration, Small Small, Wide Wide);

internal sealed record Lists(int[]? Array, List<string?>? List, IReadOnlyList<double>? ReadOnly, ImmutableArray<long> Immutable, byte[]? Bytes, Row[]? Rows);

[JsonDerivedType(typeof(Circle), "circle")]
internal abstract record Figure;

internal sealed record Circle(double Radius) : Figure;

internal sealed class Endless<T>
{
    public Endless<Endless<T>>? Next { get; set; }
}

internal class Guarded
{
    public int Id { get; private set; }

    public static T With<T>(int id) where T : Guarded, new() => new() { Id = id };
}

internal sealed class GuardedMore : Guarded
{
    public string? Name { get; init; }
}

[JsonConverter(typeof(Converter))]
internal sealed class Opaque(int value)
{
    private readonly int _value = value;

    private sealed class Converter : JsonConverter<Opaque>
    {
        public override Opaque Read(ref System.Text.Json.Utf8JsonReader reader, Type typeToConvert, System.Text.Json.JsonSerializerOptions options) => new(reader.GetInt32());

        public override void Write(System.Text.Json.Utf8JsonWriter writer, Opaque value, System.Text.Json.JsonSerializerOptions options) => writer.WriteNumberValue(value._value);
    }

    public override bool Equals(object? obj) => obj is Opaque other && other._value == _value;

    public override int GetHashCode() => _value;
}
