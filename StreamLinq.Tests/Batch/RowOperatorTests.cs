// Operators on rows, held against the same query in LINQ to Objects.
using System.Diagnostics.CodeAnalysis;
using NUnit.Framework;

namespace StreamLinq.Tests.Batch;

[SuppressMessage("Structure", "NUnit1027", Justification = "FsCheck supplies the arguments.")]
public sealed class RowOperatorTests
{
    private static readonly int[] Doubled = [1, 1, 2, 2];

    [FsCheck.NUnit.Property]
    public bool Where_select_and_let_are_those_of_linq(Bid[] rows)
    {
        var floor = rows.Length;
        var query = from b in Rows.Of<Bid>()
                    let twice = b.Price * 2
                    where twice > floor && b.Channel != null
                    select new { b.Auction, twice };
        var expected = from b in rows
                       let twice = b.Price * 2
                       where twice > floor && b.Channel != null
                       select new { b.Auction, twice };
        return query.Over(rows).ToList().SequenceEqual(expected);
    }

    [FsCheck.NUnit.Property]
    public bool SelectMany_with_and_without_a_result_is_that_of_linq(string?[] lines)
    {
        var texts = lines.Select(line => line ?? "").ToArray();
        var words = from line in Rows.Of<string>() from word in line.Split(' ') where word.Length > 0 select new { line, word };
        var letters = Rows.Of<string>().SelectMany(line => line);
        return words.Over(texts).ToList().SequenceEqual(from line in texts from word in line.Split(' ') where word.Length > 0 select new { line, word })
            && letters.Over(texts).ToList().SequenceEqual(texts.SelectMany(line => line));
    }

    [FsCheck.NUnit.Property]
    public bool Distinct_and_DistinctBy_keep_the_first(Bid[] rows)
    {
        var bids = Rows.Of<Bid>();
        return bids.Select(b => new { b.Auction, b.Channel }).Distinct().Over(rows).ToList().SequenceEqual(rows.Select(b => new { b.Auction, b.Channel }).Distinct())
            && bids.DistinctBy(b => b.Auction % 3).Over(rows).ToList().SequenceEqual(rows.DistinctBy(b => b.Auction % 3));
    }

    [FsCheck.NUnit.Property]
    public bool LatestBy_a_stream_without_time_keeps_the_last_to_arrive(Bid[] rows)
    {
        var expected = new Dictionary<int, Bid>();
        foreach (var row in rows)
            expected[row.Auction % 3] = row;
        var actual = Rows.Of<Bid>().LatestBy(b => b.Auction % 3).Over(rows).ToList();
        return actual.Count == expected.Count && actual.All(b => ReferenceEquals(expected[b.Auction % 3], b));
    }

    [FsCheck.NUnit.Property]
    public bool A_table_is_ordered_stably_and_cut(Bid[] rows, byte more)
    {
        var count = 1 + more % 30;
        var ordered = from b in Rows.Of<Bid>().Unbounded() orderby b.Channel descending, b.Price % 5, b.Bidder % 3 descending select b;
        var expected = rows.OrderByDescending(b => b.Channel, StringComparer.Ordinal).ThenBy(b => b.Price % 5).ThenByDescending(b => b.Bidder % 3).ToList();
        return ordered.Over(rows).ToList().SequenceEqual(expected) && ordered.Select(b => b.Price).Take(count).Over(rows).ToList().SequenceEqual(expected.Take(count).Select(b => b.Price));
    }

    [FsCheck.NUnit.Property]
    public bool ThenBy_goes_on_after_operators_that_keep_the_order(Bid[] rows)
    {
        var query = Rows.Of<Bid>().Unbounded().OrderBy(b => b.Auction % 2).Where(b => b.Price > 0).Distinct().Named("kept").ThenByDescending(b => b.Price);
        return query.Over(rows).ToList().SequenceEqual(rows.Where(b => b.Price > 0).Distinct().OrderBy(b => b.Auction % 2).ThenByDescending(b => b.Price));
    }

    [Test]
    public void Merge_concatenates_and_keeps_duplicates()
    {
        var first = Rows.Of<int>("first");
        var second = Rows.Of<int>("second");
        Assert.That(first.Merge(second).Over(first, [1, 2]).Over(second, [2, 3]).ToList(), Is.EqualTo([1, 2, 2, 3]));
        Assert.That(first.Merge(first).Where(x => x > 1).Over([1, 2]).ToList(), Is.EqualTo([2, 2]));
    }

    [Test]
    public void Names_times_and_Unbounded_leave_the_rows_alone()
    {
        var timed = Rows.Of<DateTimeOffset>().Named("all").WithEventTime(t => t, TimeSpan.FromSeconds(1)).Where(t => t.Year > 2000);
        var clocked = Rows.Of<int>().WithProcessingTime().Unbounded();
        DateTimeOffset[] times = [new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero), new(1999, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2023, 1, 1, 0, 0, 0, TimeSpan.Zero)];
        Assert.That(timed.Over(times).ToList(), Is.EqualTo([times[0], times[2]]));
        Assert.That(clocked.Over(Doubled).ToList(), Is.EqualTo(Doubled));
    }

    [Test]
    public void Rows_are_read_when_the_query_runs_and_again_each_time()
    {
        var rows = new List<int> { 1 };
        var batch = Rows.Of<int>().Select(x => x * 10).Over(rows);
        Assert.That(batch.ToList(), Is.EqualTo([10]));
        rows.Add(2);
        Assert.That(batch.ToList(), Is.EqualTo([10, 20]));
    }

    [Test]
    public void A_sequence_that_can_be_read_once_serves_a_source_used_twice()
    {
        var numbers = Rows.Of<int>();
        var queue = new Queue<int>([1, 2]);
        IEnumerable<int> Drain()
        {
            while (queue.TryDequeue(out var x))
                yield return x;
        }
        Assert.That(numbers.Merge(numbers).Over(Drain()).ToList(), Is.EqualTo([1, 2, 1, 2]));
    }

    [Test]
    public void An_array_asked_with_Contains_compiles_in_its_span_form()
    {
        Assert.That(Rows.Of<int>().Where(x => Doubled.Contains(x)).Over([0, 1, 2, 3]).ToList(), Is.EqualTo([1, 2]));
    }
}
