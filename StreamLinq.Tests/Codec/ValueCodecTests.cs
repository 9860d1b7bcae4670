// Values come back exactly, the same value gives the same bytes, and what cannot come back is refused.
#pragma warning disable NUnit1027 // FsCheck supplies the arguments of properties
using System.Collections.Immutable;
using System.Numerics;
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Codec;

public sealed class ValueCodecTests
{
    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void Whole_numbers_come_back(sbyte a, byte b, short c, ushort d, int e, uint f, long g, ulong h)
    {
        Same((a, b, c, d, e, f, g));
        Same(h);
        Same(new Int128((ulong)g, h));
        Same(new UInt128(h, (ulong)g));
        Same(((BigInteger)g * h) - e);
    }

    [TestCase(0L)]
    [TestCase(-1L)]
    [TestCase(63L)]
    [TestCase(64L)]
    [TestCase(long.MinValue)]
    [TestCase(long.MaxValue)]
    public void Whole_numbers_at_the_edges_come_back(long value)
    {
        Same(value);
        Same((ulong)value);
        Same((int)value);
        Same((uint)value);
        Same((short)value);
        Same((ushort)value);
        Same((char)(ushort)value);
        Same((sbyte)value);
        Same((byte)value);
        Same((Wide)value);
        Same((Small)(byte)value);
        Same((long?)value);
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void Floating_point_comes_back_to_the_bit(long bits)
    {
        var d = BitConverter.Int64BitsToDouble(bits);
        var f = BitConverter.Int32BitsToSingle((int)bits);
        var h = BitConverter.Int16BitsToHalf((short)bits);
        Assert.That(BitConverter.DoubleToInt64Bits(Copy(d)), Is.EqualTo(bits));
        Assert.That(BitConverter.SingleToInt32Bits(Copy(f)), Is.EqualTo((int)bits));
        Assert.That(BitConverter.HalfToInt16Bits(Copy(h)), Is.EqualTo((short)bits));
    }

    [Test]
    public void Minus_zero_and_the_payload_of_NaN_are_kept()
    {
        Floating_point_comes_back_to_the_bit(unchecked((long)0x8000_0000_8000_8000));
        Floating_point_comes_back_to_the_bit(0x7FF8_0000_7FC0_7E01);
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void A_decimal_keeps_its_scale(int low, int middle, int high, bool negative, byte scale)
    {
        foreach (var value in new[] { new decimal(low, middle, high, negative, (byte)(scale % 29)), new decimal(low, 0, 0, negative, 2), new decimal(low, middle, 0, negative, 0) })
            Assert.That(decimal.GetBits(Copy(value)), Is.EqualTo(decimal.GetBits(value)));
        Assert.That(decimal.GetBits(Copy(1.00m)), Is.Not.EqualTo(decimal.GetBits(1.0m)));
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public void Strings_come_back(string? a, char[] units)
    {
        Same(a);
        Same(new string(units));
        Same(string.Concat(Enumerable.Repeat(new string(units), 20)));
    }

    [TestCase("\ud800")]
    [TestCase("a\udc00b, and now a text of more than twenty letters")]
    [TestCase("\ud83d\ude00")]
    [TestCase("")]
    [TestCase("\0\u0001\u0002")]
    public void Odd_strings_come_back(string text) => Same(text);

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void Dates_keep_their_kind_and_offset(DateTime local, TimeSpan duration, Guid guid, short minutes)
    {
        foreach (var kind in Enum.GetValues<DateTimeKind>())
        {
            var value = DateTime.SpecifyKind(local, kind);
            Assert.That(Copy(value).Kind, Is.EqualTo(kind));
            Same(value);
        }

        var at = new DateTimeOffset(new DateTime(local.Ticks % TimeSpan.TicksPerDay + (TimeSpan.TicksPerDay * 500_000)), TimeSpan.FromMinutes(minutes % 841));
        Assert.That(Copy(at).EqualsExact(at));
        Same(duration);
        Same(guid);
        Same(DateOnly.FromDateTime(local));
        Same(TimeOnly.FromDateTime(local));
        foreach (var edge in new[] { DateTimeOffset.MinValue, DateTimeOffset.MaxValue }) Same(edge);
        foreach (var edge in new[] { DateTime.MinValue, DateTime.MaxValue }) Same(edge);
        foreach (var edge in new[] { TimeSpan.MinValue, TimeSpan.MaxValue }) Same(edge);
    }

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void Rows_come_back(string? word, int count, long big, double? score, decimal price, DateTime at, Guid id, char c, float f, bool b)
    {
        Same(new Row(word, count));
        Same(new Click(big, word, new DateTimeOffset(at.Ticks, TimeSpan.Zero), price, Small.B, score));
        Same(new Point(count, score ?? 0));
        Same((Point?)new Point(count, 1));
        Same(new WithMore(count) { B = word });
        Same(new { Word = word, N = (count, big), At = at });
        Same((count, big, (score, price), word, (int?)null, at, id, c, f, b));
        Same(Tuple.Create(count, word, big));
        Same(new KeyValuePair<string?, long>(word, big));
        Same(new Complex(count, big));
        Same(new Fields { A = count, B = word });
        Same(new Everything(b, (sbyte)count, (byte)count, (short)count, (ushort)count, count, (uint)count, big, (ulong)big, c, f, score ?? 1, price, word, id, at, default, at - DateTime.UnixEpoch, Small.A, Wide.Low));
    }

    [Test]
    public void Nulls_come_back()
    {
        Same<Row?>(null);
        Same<string?>(null);
        Same<int?>(null);
        Same<Point?>(null);
        Same<List<int>?>(null);
        Same<(int?, string?, Row?)>((null, null, null));
        Assert.That(Copy<ImmutableArray<int>>(default).IsDefault);
        Assert.That(Copy(ImmutableArray<int>.Empty).IsDefault, Is.False);
    }

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void Lists_come_back(int[] ints, string?[] words, double[] numbers, byte[] bytes)
    {
        var copy = Copy(new Lists(ints, [.. words], [.. numbers], [.. ints], bytes, [.. words.Select((w, i) => new Row(w, i))]));
        Assert.That(copy.Array, Is.EqualTo(ints));
        Assert.That(copy.List, Is.EqualTo(words));
        Assert.That(copy.ReadOnly, Is.EqualTo(numbers));
        Assert.That(copy.Immutable, Is.EqualTo(ints));
        Assert.That(copy.Bytes, Is.EqualTo(bytes));
        Assert.That(copy.Rows!.Select(r => r.Word), Is.EqualTo(words));
        Assert.That(Copy<int[][]>([ints, ints]), Is.EqualTo(new[] { ints, ints }));
        Assert.That(Copy<IEnumerable<int>>(ints.Where(i => i > 0)), Is.EqualTo(ints.Where(i => i > 0)));
        Assert.That(Copy<IList<int>>(ints), Is.InstanceOf<List<int>>().And.EqualTo(ints));
        Assert.That(Bytes(ints.ToList()), Is.EqualTo(Bytes(ints)));
        Assert.That(Copy(new Empty[ints.Length]), Has.Length.EqualTo(ints.Length));
    }

    [Test]
    public void Classes_are_set_or_constructed()
    {
        var plain = Copy(new Plain { Number = 3, Text = "x", Items = [1, 2] });
        Assert.That((plain.Number, plain.Text), Is.EqualTo((3, "x")));
        Assert.That(plain.Items, Is.EqualTo(new long[] { 1, 2 }));
        var reversed = Copy(new Reversed("b", 1));
        Assert.That((reversed.First, reversed.Second), Is.EqualTo((1, "b")));
        var tree = Copy(new Tree("a", [new Tree("b", null), new Tree("c", [])]));
        Assert.That(tree.Children!.ConvertAll(c => c.Name), Is.EqualTo(new[] { "b", "c" }));
        Same(new Chain(1, new Chain(2, null)));
        Assert.That(Copy(Guarded.With<Guarded>(7)).Id, Is.EqualTo(7));
        Assert.That(Copy(Guarded.With<GuardedMore>(8)).Id, Is.EqualTo(8));
    }

    [Test]
    public void Accumulators_are_written_and_read_without_allocation()
    {
        var codec = Codecs.Value<(long, double, decimal, int?, (bool, DateTimeOffset, Point, Wide), double?, Guid, (ulong, char))>();
        var value = (5L, 1.5, 12.50m, (int?)null, (true, DateTimeOffset.UnixEpoch, new Point(1, 2), Wide.High), (double?)3, Guid.Empty, (7UL, 'c'));
        var writer = new ByteWriter();
        var reader = new ByteReader();
        Round(value);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Round(value);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Same(value);

        void Round((long, double, decimal, int?, (bool, DateTimeOffset, Point, Wide), double?, Guid, (ulong, char)) accumulator)
        {
            writer.Clear();
            codec.Write(writer, accumulator);
            reader.Reset(writer.WrittenMemory);
            codec.Read(reader);
        }
    }

    [Test]
    public void What_the_codec_does_not_know_is_json()
    {
        Assert.That(Copy(new Dictionary<string, double> { ["a"] = double.NaN }), Is.EqualTo(new Dictionary<string, double> { ["a"] = double.NaN }));
        Same(new Uri("https://example.org/a?b"));
        Same(new Version(1, 2));
        Same<Figure>(new Circle(2));
        Same<Uri?>(null);
        Same(new Opaque(3));
        Same((1, new Opaque(3)));
    }

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public void The_same_value_gives_the_same_bytes(string? word, int count, double? score)
    {
        Assert.That(Bytes(new Row(word, count)), Is.EqualTo(Bytes(new Row(word is null ? null : new string(word), count))));
        var again = (word is null ? null : new string(word), count, score);
        Assert.That(Bytes((word, count, score)), Is.EqualTo(Bytes(again)));
    }

    [Test]
    public void A_derived_row_is_refused_when_written()
    {
        Same(new Animal("a"));
        var error = Assert.Throws<StreamLinqException>(() => Bytes<Animal>(new Dog("a", 1)));
        Assert.That(error!.Message, Is.EqualTo("SLQ2051: a value declared as Animal is a Dog at run time, and would come back as Animal; project it to Animal itself or to one row type that has all members, or seal Animal"));
        Assert.That(Assert.Throws<StreamLinqException>(() => Bytes<Animal[]>([new Dog("a", 1)]))!.Code, Is.EqualTo("SLQ2051"));
    }

    [Test]
    public void A_value_too_deep_or_in_a_circle_is_refused_and_the_writer_goes_on()
    {
        Chain? Deep(int depth) => depth == 0 ? null : new Chain(depth, Deep(depth - 1));
        Same(Deep(64));
        var writer = new ByteWriter();
        var error = Assert.Throws<StreamLinqException>(() => Codecs.Value<Chain?>().Write(writer, Deep(70)));
        Assert.That(error!.Message, Does.StartWith("SLQ2051: a value of Chain refers to values of its own type more than 64 levels deep"));
        writer.Truncate(0);
        Codecs.Value<Chain?>().Write(writer, Deep(60));
        var circle = new Tree("a", []);
        circle.Children!.Add(circle);
        Assert.That(Assert.Throws<StreamLinqException>(() => Bytes(circle))!.Code, Is.EqualTo("SLQ2051"));
    }

    [Test]
    public void A_field_that_says_it_is_not_serialized_is_left_out()
    {
        var value = new Caching(7);
        value.See();
        Assert.That(Bytes(value), Is.EqualTo(Bytes(new Caching(7))));
    }

    [Test]
    public void Types_that_would_lose_something_are_refused()
    {
        Assert.That(Refusal<Forgetful>(), Is.EqualTo("SLQ2052: Forgetful cannot be kept in state: the private field _seen is not among its public members and would be lost; use a record with public members, or give the type a JsonConverter"));
        Assert.That(Refusal<(int, object)>(), Does.StartWith("SLQ2052: ValueTuple<Int32, Object> cannot be kept in state: of Object in it, it is declared object"));
        Assert.That(Refusal<Action>(), Does.Contain("it is a delegate"));
        Assert.That(Refusal<int[,]>(), Does.Contain("more than one dimension"));
        Assert.That(Refusal<IDisposable>(), Does.Contain("it is an interface, and names no derived types for JSON"));
        Assert.That(Refusal<Dictionary<string, object>>(), Does.Contain("of its elements, Object, it is declared object"));
        Assert.That(Refusal<Dictionary<string, Forgetful>>(), Does.Contain("private field _seen"));
        Assert.That(Refusal<Endless<int>>(), Does.Contain("its members' types never end"));
    }

    [Test]
    public void Json_that_fails_says_so()
    {
        var error = Assert.Throws<StreamLinqException>(() => Bytes(new Dictionary<(int, int), int> { [(1, 2)] = 3 }));
        Assert.That(error!.Message, Does.StartWith("SLQ2054: a value of Dictionary<ValueTuple<Int32, Int32>, Int32>, which is stored as JSON, could not be written: "));
    }

    private static string Refusal<T>() => Assert.Throws<StreamLinqException>(() => Codecs.Value<T>())!.Message;

    internal static byte[] Bytes<T>(T value)
    {
        var writer = new ByteWriter(1);
        Codecs.Value<T>().Write(writer, value);
        return writer.Written.ToArray();
    }

    private static T Copy<T>(T value)
    {
        var reader = new ByteReader(Bytes(value));
        var copy = Codecs.Value<T>().Read(reader);
        Assert.That(reader.AtEnd);
        return copy;
    }

    private static void Same<T>(T value) => Assert.That(EqualityComparer<T>.Default.Equals(Copy(value), value), $"{value}");
}
