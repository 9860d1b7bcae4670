// The queries that are simulated: one of each kind of state, all with an answer that does not depend on how rows of two sources lie between each other.
namespace StreamLinq.Tests.Faults;

internal sealed record Reading(int Id, string Key, int Value, DateTimeOffset At);

internal sealed record Answer(string Key, DateTimeOffset? Start, long Number, long Other);

/// <summary>A query and how its answer is found without the engine.</summary>
/// <param name="Name">What it does.</param>
/// <param name="Stream">The query, if it is a stream.</param>
/// <param name="Table">The query, if it is a table.</param>
/// <param name="HasKey">Whether the table's rows hold its key, so that it can be written in Update.</param>
/// <param name="Answer">The answer, where the batch provider does not run the query.</param>
internal sealed record DrawnQuery(
    string Name,
    Func<IStreamQueryable<Reading, AppendOnly>, IStreamQueryable<Answer, AppendOnly>>? Stream,
    Func<IStreamQueryable<Reading, AppendOnly>, IStreamQueryable<Answer, Table>>? Table = null,
    bool HasKey = true,
    Func<Reading[], IEnumerable<Answer>>? Answer = null)
{
    /// <summary>How late a row may be.</summary>
    internal static readonly TimeSpan Delay = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Size = TimeSpan.FromSeconds(30);

    internal static readonly DrawnQuery[] All =
    [
        new("filter", q => from r in q where r.Value > 0 select new Answer(r.Key, r.At, r.Id, r.Value)),
        new("distinct", q => q.Select(r => new { r.Key, r.Value }).Distinct().Select(r => new Answer(r.Key, null, r.Value, 0))),
        new("tumbling", q => In(q, Windowing.Tumbling(Size)).GroupBy(r => r.Key).Select(g => new Answer(g.Key, g.Window.Start, g.Count(), g.Sum(r => r.Value)))),
        new("hopping", q => In(q, Windowing.Hopping(Size, Size / 3)).GroupBy(r => r.Key).Select(g => new Answer(g.Key, g.Window.Start, g.CountDistinct(r => r.Value), g.Max(r => r.Value)))),
        new("session", q => In(q, Windowing.Session(Size / 2)).GroupBy(r => r.Key).Select(g => new Answer(g.Key, g.Window.Start, g.Count(), g.Sum(r => r.Value)))),
        new("windows on windows", q => In(q, Windowing.Tumbling(Size)).GroupBy(r => r.Key).Select(g => new { g.Key, g.Window, N = g.Count() })
            .Window(Windowing.Tumbling(Size * 3)).GroupBy(w => w.Key).Select(g => new Answer(g.Key, g.Window.Start, g.Count(), g.Sum(w => w.N)))),
        new("processor", q => q.WithEventTime(r => r.At, Delay).Process(r => r.Key, () => new Bells()), Answer: Bells.Answer),
        new("sum", null, q => from r in q group r by r.Key into g select new Answer(g.Key, null, g.Count(), g.Sum(r => r.Value))),
        new("extremes", null, q => from r in q group r by r.Value % 5 into g select new Answer("v" + g.Key, null, g.Min(r => r.Id), g.Max(r => r.Id)), HasKey: false),
        new("distinct values", null, q => from r in q group r by r.Key into g where g.Count() > 1 select new Answer(g.Key, null, g.CountDistinct(r => r.Value), g.Count())),
        new("rows that leave", null, q => from r in q group r by r.Key into g where g.Sum(r => r.Value) % 3 != 0 select new Answer(g.Key, null, g.Sum(r => r.Value), g.Max(r => r.Value))),
        new("groups of groups", null, q => from r in q group r by r.Key into g select new { Group = g.Count() % 3, Most = g.Max(r => r.Value) } into inner
            group inner by inner.Group into g select new Answer("", null, g.Key, g.Count() * 1000 + g.Max(i => i.Most)), HasKey: false),
        new("running windows", null, q => In(q, Windowing.Tumbling(Size)).EmitOnUpdate().GroupBy(r => r.Key).Select(g => new Answer(g.Key, g.Window.Start, g.Count(), g.Sum(r => r.Value))), HasKey: false),
        new("running sessions", null, q => In(q, Windowing.Session(Size / 2)).EmitOnUpdate().GroupBy(r => r.Key).Select(g => new Answer(g.Key, g.Window.Start, g.Count(), g.Sum(r => r.Value))), HasKey: false),
        new("whole table", null, q => from r in q group r by 0 into g select new Answer("", null, g.Count(), g.Sum(r => r.Value)), HasKey: false),
    ];

    private static IStreamQueryable<Reading, Windowed> In(IStreamQueryable<Reading, AppendOnly> rows, Windowing windows) => rows.WithEventTime(r => r.At, Delay).Window(windows);

    /// <summary>Adds up a key's values in a list and rings once for each ten seconds in which the key had rows.</summary>
    private sealed class Bells : StatefulProcessor<string, Reading, Answer>
    {
        private const int Every = 10;
        private readonly MapState<long, int> _rows;

        public Bells() => _rows = Map<long, int>("rows");

        public override void OnRow(string key, Reading row, IProcessContext<Answer> context)
        {
            var bell = Bell(row);
            _rows.TryGet(bell, out var count);
            _rows[bell] = count + 1;
            context.SetTimer(DateTimeOffset.FromUnixTimeSeconds(bell));
        }

        public override void OnTimer(string key, DateTimeOffset time, IProcessContext<Answer> context)
        {
            _rows.TryGet(time.ToUnixTimeSeconds(), out var count);
            _rows.Remove(time.ToUnixTimeSeconds());
            context.Emit(new Answer(key, time, count, 0));
        }

        internal static IEnumerable<Answer> Answer(Reading[] rows) => rows.GroupBy(r => (r.Key, Bell: Bell(r))).Select(g => new Answer(g.Key.Key, DateTimeOffset.FromUnixTimeSeconds(g.Key.Bell), g.Count(), 0));

        private static long Bell(Reading row) => ((row.At.ToUnixTimeSeconds() / Every) + 1) * Every;
    }
}
