// Bytes read by their schema alone and written again are the same bytes; and a schema that comes from a damaged or hostile file ends in an error, soon and small.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Changes;

public sealed class SchemaValuesTests
{
    private sealed record Tree(string? Name, IReadOnlyList<Tree?>? Below);

    private sealed record Many(int A, string? B, double? C, (long, byte[]?) D, DateTimeOffset E, Dictionary<string, int>? F, List<decimal>? G, Guid H, TimeSpan I, char J, bool? K, Int128 L, DayOfWeek M);

    private readonly record struct Nothing;

    private static Many Drawn(int seed)
    {
        var random = new Random(seed);
        return new Many(random.Next(), random.Next(3) == 0 ? null : new string((char)random.Next(0, 0xD7FF), random.Next(30)), random.Next(2) == 0 ? null : random.NextDouble(),
            (random.NextInt64(), random.Next(2) == 0 ? null : new byte[random.Next(5)]), DateTimeOffset.UnixEpoch.AddMinutes(random.Next()).ToOffset(TimeSpan.FromHours(random.Next(-14, 15))),
            random.Next(2) == 0 ? null : new Dictionary<string, int> { ["x"] = 1 }, random.Next(2) == 0 ? null : [1.10m, random.Next(), -7.0000m], Guid.NewGuid(), TimeSpan.FromTicks(random.NextInt64()),
            (char)random.Next(0xFFFF), random.Next(3) switch { 0 => null, 1 => true, _ => false }, random.NextInt64() * (Int128)random.NextInt64(), (DayOfWeek)random.Next(7));
    }

#pragma warning disable NUnit1027 // FsCheck supplies the argument.
    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void Bytes_read_by_their_schema_are_written_again_as_they_were(int seed)
#pragma warning restore NUnit1027
    {
        var many = Drawn(seed);
        AssertSame(Codecs.Value<Many?>(), many, false);
        AssertSame(Codecs.Value<Many?>(), null, false);
        AssertSame(Codecs.Value<List<(Many, Nothing)>>(), [(many, default), (many, default)], false);
        AssertSame(Codecs.Value<Tree>(), new Tree("a", [new Tree(null, null), null, new Tree("b", [new Tree("c", [])])]), false);
        AssertSame(Codecs.Key<(int, string?, double?, DateTimeOffset, decimal, (Guid, Int128, bool?), char, (DayOfWeek, TimeSpan))>(),
            (many.A, many.B, many.C, many.E, many.A / 7m, (many.H, many.L, many.K), many.J, (many.M, many.I)), true);
    }

    private static void AssertSame<T>(Codec<T> codec, T value, bool isKey)
    {
        var text = codec.Schema[(isKey ? "v1 key " : "v1 ").Length..];
        var node = SchemaNode.Parse(text);
        Assert.That(node.ToString(), Is.EqualTo(text));
        var bytes = new ByteWriter();
        codec.Write(bytes, value);
        var reader = new ByteReader(bytes.WrittenMemory);
        var again = new ByteWriter();
        SchemaValues.Write(node, isKey, again, SchemaValues.Read(node, isKey, reader));
        Assert.That(reader.AtEnd);
        Assert.That(again.Written.ToArray(), Is.EqualTo(bytes.Written.ToArray()));
    }

    [TestCase("")]
    [TestCase("int33")]
    [TestCase("System.Diagnostics.Process")]
    [TestCase("{A:int32")]
    [TestCase("{A:int32}}")]
    [TestCase("{:int32}")]
    [TestCase("(int32,)")]
    [TestCase("[int32")]
    [TestCase("^1")]
    [TestCase("{A:^2}")]
    [TestCase("{A:^99999999999}")]
    [TestCase("int32??")]
    [TestCase("{A\\")]
    public void A_text_that_is_no_schema_is_refused(string text) => Assert.That(() => SchemaNode.Parse(text), Throws.TypeOf<FormatException>());

    [Test]
    public void A_schema_without_end_is_refused_before_it_is_large()
    {
        Assert.That(() => SchemaNode.Parse(new string('[', 1 << 10) + "int32" + new string(']', 1 << 10)), Throws.TypeOf<FormatException>().With.Message.Contains("levels deep"));
        Assert.That(() => SchemaNode.Parse($"({string.Join(',', Enumerable.Repeat("int8", 100_000))})"), Throws.TypeOf<FormatException>().With.Message.Contains("parts"));
        Assert.That(() => SchemaNode.Parse(new string('x', 2 << 20)), Throws.TypeOf<FormatException>().With.Message.Contains("longer than"));
    }

#pragma warning disable NUnit1027 // FsCheck supplies the argument.
    [FsCheck.NUnit.Property(MaxTest = 500)]
    public void Any_bytes_under_any_schema_end_in_a_value_or_an_error(int seed)
#pragma warning restore NUnit1027
    {
        var random = new Random(seed);
        string[] schemas = ["[{A:[int64],B:^1}?]", "{A:string,B:[json],C:(decimal,bytes)?}?", "[[[[()]]]]", "{Next:^1,More:[^1]}?", "(guid,instant,date,time,half,integer)"];
        var bytes = new byte[random.Next(200)];
        random.NextBytes(bytes);
        try
        {
            SchemaValues.Read(SchemaNode.Parse(schemas[random.Next(schemas.Length)]), random.Next(2) == 0, new ByteReader(bytes));
        }
        catch (StreamLinqException e)
        {
            Assert.That(e.Code, Is.EqualTo("SLQ2050"));
        }
    }

    [TestCase("int32", "int64", 7, 7L)]
    [TestCase("int32", "int64?", 7, 7L)]
    [TestCase("uint8", "int16", (byte)7, (short)7)]
    [TestCase("uint32", "int64", 7u, 7L)]
    [TestCase("float", "double", 1.5f, 1.5)]
    [TestCase("int32", "double", 7, 7.0)]
    public void A_wider_number_is_the_same_number(string from, string to, object value, object expected) =>
        Assert.That(SchemaConversion.Between(SchemaNode.Parse(from), SchemaNode.Parse(to))!.Convert(value), Is.EqualTo(expected).And.TypeOf(expected.GetType()));

    [TestCase("int64", "int32")]
    [TestCase("int32", "uint32")]
    [TestCase("int64", "double")]
    [TestCase("uint64", "int64")]
    [TestCase("decimal", "double")]
    [TestCase("int32?", "int32")]
    [TestCase("string", "guid")]
    [TestCase("{A:int32}?", "{A:int32}")]
    [TestCase("(int32,int32)", "(int32)")]
    [TestCase("json", "string")]
    public void What_would_lose_something_is_not_converted(string from, string to) => Assert.That(SchemaConversion.Between(SchemaNode.Parse(from), SchemaNode.Parse(to)), Is.Null);

    [Test]
    public void Members_are_found_by_name()
    {
        var conversion = SchemaConversion.Between(SchemaNode.Parse("{A:int32,B:string,C:double}?"), SchemaNode.Parse("{C:double,D:int32?,A:int64}?"))!;
        Assert.That(conversion.Convert(new object?[] { 1, "b", 2.5 }), Is.EqualTo(new object?[] { 2.5, null, 1L }));
        Assert.That(conversion.IsComplete);
        Assert.That(conversion.Text, Is.EqualTo("member D added, null in what is stored, member A: int32 to int64, member B dropped"));
        Assert.That(SchemaConversion.Between(SchemaNode.Parse("{A:int32}?"), SchemaNode.Parse("{A:int32,N:int64}?"))!.IsComplete, Is.False);
    }
}
