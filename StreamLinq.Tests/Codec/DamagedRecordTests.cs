// Random and cut bytes end in SLQ2050 or in a value, never in another exception or a large allocation.
#pragma warning disable NUnit1027 // FsCheck supplies the arguments of properties
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Codec;

public sealed class DamagedRecordTests
{
    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public void Random_bytes(byte[] bytes)
    {
        Survives<Everything>(bytes);
        Survives<Lists>(bytes);
        Survives<(long, string, double?, byte[], decimal[], Int128)>(bytes);
        Survives<Tree>(bytes);
        Survives<Positive>(bytes);
        Survives<List<(decimal?, decimal?, decimal?, decimal?)>>(bytes);
        Survives<Empty[]>(bytes);
        Survives<System.Numerics.BigInteger>(bytes, key: true);
        Survives<Dictionary<string, int>>(bytes);
        Survives<decimal>(bytes, key: true);
        Survives<string>(bytes, key: true);
        Survives<Everything>(bytes, key: true);
        Survives<Chain>(bytes, key: true);
    }

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void Cut_and_flipped_records(string? word, int[] ints, int at, byte flip)
    {
        var whole = ValueCodecTests.Bytes(new Lists(ints, [word], [1.5], [.. ints], [1, 2], [new Row(word, 1)]));
        for (var length = 0; length < whole.Length; length++)
        {
            var cut = whole[..length];
            Assert.That(Assert.Throws<StreamLinqException>(() => Codecs.Value<Lists>().Read(new ByteReader(cut)))!.Code, Is.EqualTo("SLQ2050"));
        }

        whole[(at & int.MaxValue) % whole.Length] ^= flip;
        Survives<Lists>(whole);
        var key = KeyCodecTests.Bytes((word, 1.5m, word));
        for (var length = 0; length < key.Length; length++)
            Assert.That(() => Codecs.Key<(string?, decimal, string?)>().Read(new ByteReader(key.AsMemory(0, length))), Throws.InstanceOf<StreamLinqException>());
        key[(at & int.MaxValue) % key.Length] ^= flip;
        Survives<(string?, decimal, string?)>(key, key: true);
    }

    [Test]
    public void A_long_list_in_a_short_record_is_not_allocated()
    {
        byte[] bytes = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0, 0];
        Survives<long[]>(bytes);
        Survives<List<Everything>>(bytes);
        Survives<string>(bytes);
        Survives<byte[]>(bytes);
        var error = Assert.Throws<StreamLinqException>(() => Codecs.Value<long[]>().Read(new ByteReader(bytes)));
        Assert.That(error!.Message, Is.EqualTo("SLQ2050: a state record is damaged: a list of 4294967294 values does not fit into the 2 bytes that remain; restore the checkpoint from a copy, or start the query from its sources with a new checkpoint location"));
    }

    [Test]
    public void A_constructor_that_refuses_what_was_read_is_damage()
    {
        var error = Assert.Throws<StreamLinqException>(() => Codecs.Value<Positive>().Read(new ByteReader(new byte[] { 1, 1 })));
        Assert.That(error!.Message, Does.StartWith("SLQ2050: a state record is damaged: Positive refuses what was read"));
        Assert.That(error.InnerException, Is.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Endless_nesting_is_damage()
    {
        var bytes = new byte[10_000];
        Array.Fill(bytes, (byte)1);
        var error = Assert.Throws<StreamLinqException>(() => Codecs.Value<Chain>().Read(new ByteReader(bytes)));
        Assert.That(error!.Message, Does.Contain("nested more than 64 levels deep"));
    }

    [Test]
    public void Records_outside_of_arrays_are_copied_in()
    {
        var reader = new ByteReader();
        Span<byte> bytes = stackalloc byte[20];
        ValueCodecTests.Bytes(new Row("abc", 5)).CopyTo(bytes);
        reader.Load(bytes);
        Assert.That(Codecs.Value<Row>().Read(reader), Is.EqualTo(new Row("abc", 5)));
        Assert.That(reader.Remaining, Is.EqualTo(20 - 6));
    }

    private static void Survives<T>(byte[] bytes, bool key = false)
    {
        var codec = key ? Codecs.Key<T>() : Codecs.Value<T>();
        var reader = new ByteReader(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            codec.Read(reader);
        }
        catch (StreamLinqException error) when (error.Code == "SLQ2050")
        {
            Assert.That(error.Message, Does.Contain("damaged"));
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }
}
