// A whole table comes out by its order and then by the bytes of its keys, whatever the keys are alike in: the first bytes, the last ones, all of the first eight.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Tables;

[TestFixture]
public sealed class WholeTableTests
{
    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void Numbers_come_in_their_order(long[] keys, byte shift) => Sorts(keys.Select(k => k >> (shift % 64)));

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void Texts_come_in_the_order_of_their_bytes(string[] keys, bool isAlike) => Sorts(keys.Where(k => k is not null).Select(k => isAlike ? "the same beginning " + k : k));

    [FsCheck.NUnit.Property(MaxTest = 200)]
    public void Tuples_come_part_by_part((int, short)[] keys) => Sorts(keys);

    [Test]
    public void Many_numbers_with_few_leading_bytes_come_in_their_order()
    {
        var random = new Random(42);
        Sorts(Enumerable.Range(0, 50_000).Select(_ => random.NextInt64(1L << 40) | (random.Next(2) * (1L << 62))));
    }

    private static void Sorts<TKey>(IEnumerable<TKey> all)
    {
        var keys = all.Distinct().ToArray();
        var codec = Codecs.Key<TKey>();
        foreach (var isOrdered in new[] { false, true })
        {
            Comparison<int>? order = isOrdered ? static (a, b) => a.CompareTo(b) : null;
            var table = new WholeTable<TKey, int, TKey>(order, (bytes, row) => codec.Write(bytes, row.Key));
            for (var time = 0; time < 2; time++)
            {
                var rows = keys.Select((key, i) => new TableRow<TKey, int, TKey>(key, i % 3, key)).ToArray();
                table.Push(rows, 0, rows.Length, null);
                var expected = rows.OrderBy(r => isOrdered ? r.Order : 0).ThenBy(r => Bytes(r.Key), Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))).Select(r => r.Row);
                Assert.That(table.Sorted().ToArray().Select(c => c.Row), Is.EqualTo(expected));
                table.Clear();
            }
        }

        byte[] Bytes(TKey key)
        {
            var bytes = new ByteWriter();
            codec.Write(bytes, key);
            return bytes.Written.ToArray();
        }
    }
}
