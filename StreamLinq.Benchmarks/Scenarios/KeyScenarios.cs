// What keys and aggregates cost: a key of two ints, strings that the rows already hold, and five aggregates with two filters in one pass. Ten thousand keys, one epoch, Complete.
namespace StreamLinq.Benchmarks;

internal static class KeyScenarios
{
    private const int Keys = 10_000;
    private const int Columns = 100;
    private const long Bound = 1 << 22;

    internal static IReadOnlyList<Scenario> All { get; } =
    [
        new("two-int-key", TwoIntsAsync), new("string-key", StringsAsync), new("five-aggregates", FiveAsync),
    ];

    /// <summary>A row with two parts of a key.</summary>
    internal readonly record struct Cell(int A, int B, long Value);

    /// <summary>A row with a word.</summary>
    internal readonly record struct Word(string Text, long Value);

    /// <summary>A row that goes out.</summary>
    internal readonly record struct Total(long Key, long Sum);

    /// <summary>A row that goes out.</summary>
    internal readonly record struct Five(long Key, long Count, long Sum, long Most, long SmallCount, long LargeSum);

    private static StreamingQueryOptions OneEpoch => new() { MaxLatency = Timeout.InfiniteTimeSpan };

    private static async Task<Contest> TwoIntsAsync(int count)
    {
        var cells = Array.ConvertAll(Rows.Uniform(count, Keys), r => new Cell((int)((ulong)r.Key % Keys / Columns) + 1, (int)((ulong)r.Key % Columns), r.Value));
        var (table, noting) = (new HandTable<long>(), new HandTable<long>());
        var total = 0L;
        var query = await MeasuredQuery<Cell>.StartAsync(cells, query => query.Source.GroupBy(c => new { c.A, c.B }).Select(g => new Total(g.Key.A, g.Sum(c => c.Value))).WriteTo(
            query.Counting<Total>(batch =>
            {
                total = SumOf(batch.Changes.Span);
            }), OutputMode.Complete), OneEpoch);
        return new Contest(count, () => Loop.Run(Add), query)
        {
            Others = [("the loop, checked and noting its keys", () => Loop.Run(AddNoting))],
            Check = () => Contest.Agree(SumOf(table) == total && SumOf(noting) == total),
        };

        void AddNoting()
        {
            noting.Forget();
            foreach (ref readonly var cell in cells.AsSpan())
            {
                ref var sum = ref noting.SlotNoting(((long)cell.A << 32) | (uint)cell.B);
                sum = checked(sum + cell.Value);
            }
        }

        void Add()
        {
            foreach (ref readonly var cell in cells.AsSpan()) table.Slot(((long)cell.A << 32) | (uint)cell.B) += cell.Value;
        }
    }

    private static async Task<Contest> StringsAsync(int count)
    {
        var words = Enumerable.Range(0, Keys).Select(i => $"word number {i}").ToArray();
        var rows = Array.ConvertAll(Rows.Uniform(count, Keys), r => new Word(words[(ulong)r.Key % Keys], r.Value));
        var table = new HandWordTable();
        var total = 0L;
        var query = await MeasuredQuery<Word>.StartAsync(rows, query => query.Source.GroupBy(w => w.Text).Select(g => new Total(g.Key.Length, g.Sum(w => w.Value))).WriteTo(
            query.Counting<Total>(batch =>
            {
                total = SumOf(batch.Changes.Span);
            }), OutputMode.Complete), OneEpoch);
        return new Contest(count, () => Loop.Run(Add), query) { Check = () => Contest.Agree(table.Total == total) };

        void Add()
        {
            foreach (ref readonly var row in rows.AsSpan()) table.Slot(row.Text) += row.Value;
        }
    }

    private static async Task<Contest> FiveAsync(int count)
    {
        var rows = Rows.Uniform(count, Keys);
        var (table, noting) = (new HandTable<FiveState>(), new HandTable<FiveState>());
        var (sum, other) = (0L, 0L);
        var query = await MeasuredQuery<Row>.StartAsync(rows, query => query.Source.GroupBy(r => r.Key).Select(g => new Five(
            g.Key, g.Count(), g.Sum(r => r.Value), g.Max(r => r.Value), g.Count(r => r.Value < Bound), g.Where(r => r.Value >= Bound).Sum(r => r.Value))).WriteTo(
            query.Counting<Five>(batch =>
            {
                (sum, other) = (0, 0);
                foreach (ref readonly var change in batch.Changes.Span) (sum, other) = (sum + change.Row.Sum + change.Row.Most, other + change.Row.Count + change.Row.SmallCount + change.Row.LargeSum);
            }), OutputMode.Complete), OneEpoch);
        return new Contest(count, () => Loop.Run(Add), query)
        {
            Others = [("the loop, checked and noting its keys", () => Loop.Run(AddNoting))],
            Check = () => Contest.Agree(IsSame(table) && IsSame(noting)),
        };

        void AddNoting()
        {
            noting.Forget();
            foreach (ref readonly var row in rows.AsSpan())
            {
                ref var state = ref noting.SlotNoting(row.Key);
                state.Count = checked(state.Count + 1);
                state.Sum = checked(state.Sum + row.Value);
                if (row.Value > state.Most) state.Most = row.Value;
                if (row.Value < Bound) state.SmallCount = checked(state.SmallCount + 1);
                else state.LargeSum = checked(state.LargeSum + row.Value);
            }
        }

        void Add()
        {
            foreach (ref readonly var row in rows.AsSpan())
            {
                ref var state = ref table.Slot(row.Key);
                state.Count++;
                state.Sum += row.Value;
                if (row.Value > state.Most) state.Most = row.Value;
                if (row.Value < Bound) state.SmallCount++;
                else state.LargeSum += row.Value;
            }
        }

        bool IsSame(HandTable<FiveState> its)
        {
            var (one, two) = (0L, 0L);
            foreach (ref readonly var entry in its.Entries) (one, two) = (one + entry.Value.Sum + entry.Value.Most, two + entry.Value.Count + entry.Value.SmallCount + entry.Value.LargeSum);
            return one == sum && two == other;
        }
    }

    private static long SumOf(ReadOnlySpan<Change<Total>> changes)
    {
        var sum = 0L;
        foreach (ref readonly var change in changes) sum += change.Row.Sum;
        return sum;
    }

    private static long SumOf(HandTable<long> table)
    {
        var sum = 0L;
        foreach (ref readonly var entry in table.Entries) sum += entry.Value;
        return sum;
    }

    private struct FiveState
    {
        public long Count, Sum, Most, SmallCount, LargeSum;
    }
}
