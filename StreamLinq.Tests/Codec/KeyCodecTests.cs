// Key bytes against the comparison of the keys: equal keys and only they have equal bytes, their order is the order of the keys, and they come back equal.
#pragma warning disable NUnit1027 // FsCheck supplies the arguments of properties
using System.Globalization;
using System.Numerics;
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Codec;

public sealed class KeyCodecTests
{
    private static readonly string?[] Texts =
        [null, "", "\0", "\0\0", "\u0001", "\u0002", "\u0003", "a", "a\0", "a\u0001", "a\u0002", "ab", "b", "\x7f", "\x80", "\u07ff", "\u0800", "\ud800", "\ud83d\ude00", "\udc00", "\ue000", "\uffff"];

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public void Whole_numbers(long a, long b, ulong c, ulong d)
    {
        Agrees(a, b);
        Agrees((int)a, (int)b);
        Agrees((short)a, (short)b);
        Agrees((sbyte)a, (sbyte)b);
        Agrees((byte)a, (byte)b);
        Agrees((ushort)a, (ushort)b);
        Agrees((char)a, (char)b);
        Agrees((uint)a, (uint)b);
        Agrees(c, d);
        Agrees((Wide)a, (Wide)b);
        Agrees((Small)a, (Small)b);
        Agrees(a > 0, b > 0);
        Agrees(new Int128((ulong)a, c), new Int128((ulong)b, d));
        Agrees(new UInt128(c, (ulong)a), new UInt128(d, (ulong)b));
        Agrees<long?>(a % 3 == 0 ? null : a, b % 3 == 0 ? null : b);
        Agrees((BigInteger)a * c, (BigInteger)b * d);
        Agrees((BigInteger)a, (BigInteger)b);
    }

    [Test]
    public void Whole_numbers_at_the_edges()
    {
        long[] edges = [long.MinValue, int.MinValue, short.MinValue, -256, -129, -128, -1, 0, 1, 127, 128, 255, 256, short.MaxValue, ushort.MaxValue, int.MaxValue, uint.MaxValue, long.MaxValue];
        foreach (var a in edges)
            foreach (var b in edges) Whole_numbers(a, b, (ulong)a, (ulong)b);
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public void Floating_point(double a, double b, float c, float d, long bits)
    {
        double[] odd = [double.NaN, BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_0001), double.NegativeInfinity, double.MinValue, -1, -double.Epsilon, -0.0, 0.0, double.Epsilon, 1, double.MaxValue, double.PositiveInfinity, a, BitConverter.Int64BitsToDouble(bits)];
        foreach (var x in odd)
        {
            foreach (var y in new[] { b, a, 0.0, double.NaN, double.NegativeInfinity })
            {
                Agrees(x, y);
                Agrees((float)x, (float)y);
                Agrees((Half)x, (Half)y);
            }
        }

        Agrees(c, d);
    }

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public void Decimals(int low, int middle, int high, bool negative, byte scale, int other, byte otherScale)
    {
        var a = new decimal(low, middle, high, negative, (byte)(scale % 29));
        var b = new decimal(other, 0, 0, !negative, (byte)(otherScale % 29));
        decimal[] odd = [a, b, -b, decimal.Round(a, 4), new decimal(low, 0, 0, negative, (byte)(otherScale % 29)), 0m, -0.00m, 1.0m, 1.00m, 0.0000000000000000000000000001m, decimal.MaxValue, decimal.MinValue, 100m, 10.10m, 10.1m, -10.1m, -10.11m, 99m, 990m];
        foreach (var x in odd)
            foreach (var y in odd) Agrees(x, y);
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public void Strings(string? a, string? b, char[] c, char[] d)
    {
        Agrees(a, b, string.CompareOrdinal);
        Agrees(new string(c), new string(d), string.CompareOrdinal);
        Agrees(a + new string(c), a + new string(d), string.CompareOrdinal);
    }

    [Test]
    public void Odd_strings_alone_and_inside_a_key()
    {
        foreach (var a in Texts)
        {
            foreach (var b in Texts)
            {
                Agrees(a, b, string.CompareOrdinal);
                Agrees((a, 1), (b, 0), (x, y) => string.CompareOrdinal(x.Item1, y.Item1) is var c && c != 0 ? c : x.Item2.CompareTo(y.Item2));
                Agrees((a, b), (b, a), (x, y) => string.CompareOrdinal(x.Item1, y.Item1) is var c && c != 0 ? c : string.CompareOrdinal(x.Item2, y.Item2));
            }
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void Dates_and_guids(DateTime a, DateTime b, TimeSpan c, TimeSpan d, Guid e, Guid f, short offset)
    {
        Agrees(a, b);
        Agrees(DateTime.SpecifyKind(a, DateTimeKind.Utc), DateTime.SpecifyKind(a, DateTimeKind.Local));
        Agrees(c, d);
        Agrees(e, f);
        Agrees(DateOnly.FromDateTime(a), DateOnly.FromDateTime(b));
        Agrees(TimeOnly.FromDateTime(a), TimeOnly.FromDateTime(b));
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(a.Ticks % TimeSpan.TicksPerDay);
        Agrees(at, at.ToOffset(TimeSpan.FromMinutes(offset % 841)));
        Agrees(at, at.AddTicks(c.Ticks % TimeSpan.TicksPerDay));
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public void Composites(byte a1, string? a2, bool a3, byte b1, string? b2, bool b3)
    {
        a1 %= 3;
        b1 %= 3;
        int Order((byte, string?, bool) x, (byte, string?, bool) y) =>
            x.Item1 != y.Item1 ? x.Item1.CompareTo(y.Item1) : string.CompareOrdinal(x.Item2, y.Item2) is var c && c != 0 ? c : x.Item3.CompareTo(y.Item3);
        var wanted = Order((a1, a2, a3), (b1, b2, b3));
        Agrees((a1, a2, a3), (b1, b2, b3), (_, _) => wanted);
        Agrees(Tuple.Create(a1, a2, a3), Tuple.Create(b1, b2, b3), (_, _) => wanted);
        Agrees(new { A = a1, B = a2, C = a3 }, new { A = b1, B = b2, C = b3 }, (_, _) => wanted);
        Agrees((a1, a2 is null ? null : new Row(a2, a1), a3), (b1, b2 is null ? null : new Row(b2, b1), b3), (_, _) => wanted);
        Agrees(new Chain(a1, a3 ? new Chain(1, null) : null), new Chain(b1, b3 ? new Chain(1, null) : null), (_, _) => a1 != b1 ? a1.CompareTo(b1) : a3.CompareTo(b3));
        Agrees<Point?>(a3 ? new Point(a1, 1) : null, b3 ? new Point(b1, 1) : null, (_, _) => (a3 ? a1 : -1).CompareTo(b3 ? b1 : -1));
        Agrees((a1, a3, 0, 0, 0, 0, 0, 0, a2), (b1, b3, 0, 0, 0, 0, 0, 0, b2), (_, _) => a1 != b1 ? a1.CompareTo(b1) : a3 != b3 ? a3.CompareTo(b3) : string.CompareOrdinal(a2, b2));
    }

    [Test]
    public void Keys_that_are_one_have_the_same_bytes()
    {
        Assert.That(Bytes(1.0m), Is.EqualTo(Bytes(1.00m)));
        Assert.That(Bytes(-0.0), Is.EqualTo(Bytes(0.0)));
        Assert.That(Bytes(new { A = double.NaN, B = -0f }), Is.EqualTo(Bytes(new { A = -double.NaN, B = 0f })));
        Assert.That(Bytes(new DateTimeOffset(2026, 1, 1, 2, 0, 0, TimeSpan.FromHours(2))), Is.EqualTo(Bytes(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))));
        Assert.That(Bytes("Word"), Has.Length.EqualTo(5));
        Assert.That(Bytes(12.34m), Has.Length.EqualTo(3));
    }

    [Test]
    public void Types_that_are_no_keys_say_why()
    {
        Assert.That(Why(typeof(int[])), Is.EqualTo("the key is an array"));
        Assert.That(Why(typeof(Tagged)), Is.EqualTo("key member Tags is an array"));
        Assert.That(Why(typeof(Nested)), Is.EqualTo("key member Inner.Tags is an array"));
        Assert.That(Why(typeof((int, List<int>))), Is.EqualTo("key member Item2 is a list"));
        Assert.That(Why(new { A = 1, Owner = new Plain { Items = null } }.GetType()), Is.EqualTo("key member Owner is the class Plain, which is not a record and not compared by its members"));
        Assert.That(Why(typeof(object)), Is.EqualTo("the key is the class Object, which is not compared by its members"));
        Assert.That(Why(typeof(IComparable)), Does.StartWith("the key is IComparable: it is an interface"));
        Assert.That(Why(typeof(Uri)), Is.EqualTo("the key is the class Uri, which is not compared by its members"));
        Assert.That(Why(typeof(Dictionary<int, int>)), Does.Contain("is the class Dictionary<Int32, Int32>"));
        Assert.That(Why(typeof(Loud)), Is.EqualTo("the key is the record Loud, which has an Equals of its own"));
        Assert.That(Why(typeof(Figure)), Does.Contain("abstract class Figure"));
        Assert.That(Why(typeof(Forgetful)), Does.Contain("private field _seen"));
        Assert.That(Why(typeof(Caching)), Is.EqualTo("the key is Caching, whose field _seen is compared and, being [NonSerialized], not kept"));
        var error = Assert.Throws<StreamLinqException>(() => Codecs.Key<Tagged>());
        Assert.That(error!.Message, Is.EqualTo("SLQ2053: Tagged cannot be a key: key member Tags is an array; use a primitive, a string, a date, a record, a tuple or an anonymous type of these"));
    }

    [Test]
    public void Types_that_are_keys()
    {
        foreach (var type in new[] { typeof(int), typeof(string), typeof(Everything), typeof(Click), typeof(Chain), typeof(Point?), typeof(Fields), typeof(KeyValuePair<string, int>), typeof((int, Row)), typeof(Window), typeof(Animal), typeof(System.Text.Rune) })
            Assert.That(Codecs.CanBeKey(type, out var why), string.Create(CultureInfo.InvariantCulture, $"{type}: {why}"));
        Assert.That(Assert.Throws<StreamLinqException>(() => Bytes<Animal>(new Dog("b", 1)))!.Code, Is.EqualTo("SLQ2051"));
    }

    private static string Why(Type type)
    {
        Assert.That(Codecs.CanBeKey(type, out var why), Is.False);
        return why;
    }

    internal static byte[] Bytes<T>(T key)
    {
        var writer = new ByteWriter(1);
        Codecs.Key<T>().Write(writer, key);
        return writer.Written.ToArray();
    }

    // compare null: Comparer<T>.Default.
    private static void Agrees<T>(T a, T b, Comparison<T>? compare = null)
    {
        var (x, y) = (Bytes(a), Bytes(b));
        var wanted = Math.Sign(compare is null ? Comparer<T>.Default.Compare(a, b) : compare(a, b));
        if (Math.Sign(x.AsSpan().SequenceCompareTo(y)) != wanted) Assert.Fail($"{a} and {b}: {Convert.ToHexString(x)} and {Convert.ToHexString(y)}, wanted {wanted}");
        if (EqualityComparer<T>.Default.Equals(a, b) != x.AsSpan().SequenceEqual(y)) Assert.Fail($"{a} and {b}: {Convert.ToHexString(x)} and {Convert.ToHexString(y)}");
        foreach (var (key, bytes) in new[] { (a, x), (b, y) })
        {
            var reader = new ByteReader(bytes);
            var copy = Codecs.Key<T>().Read(reader);
            if (!reader.AtEnd || !EqualityComparer<T>.Default.Equals(copy, key)) Assert.Fail($"{key} came back as {copy}");
            if (!Bytes(copy).AsSpan().SequenceEqual(bytes)) Assert.Fail($"{key} came back with other bytes");
        }
    }
}
