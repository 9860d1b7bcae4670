// Every mistake we expect users to make, with the code the compiler must give and the beginning of what it must say.
namespace StreamLinq.Tests.Language;

/// <summary>One mistake: a statement, the codes expected for it (and no others), and a text that must be in the message of the first.</summary>
internal sealed record Mistake(string Name, string Statement, string Codes, string Says, string? Types = null)
{
    internal const string Prelude = """
        namespace Usage;
        public sealed record Click(string User, string Country, string Page, int Amount, DateTimeOffset At);
        public sealed record Order(long Id, string User, string Currency, decimal Amount, DateTimeOffset At);
        """;

    internal string Source => $$"""
        using StreamLinq;
        using Usage;
        namespace Mistakes;
        {{Types}}
        static class {{Name}}
        {
            static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
            static async Task M(
                IStreamQueryable<Click, AppendOnly> stream, IStreamQueryable<Click, EventTime> timed, IStreamQueryable<Order, EventTime> orders, IStreamQueryable<Click, Table> table,
                IStreamQueryable<Click, Windowed> windowed, IStreamQueryable<Click, UpdatingWindowed> updating, IStreamSink<Click> sink, IStreamSinkFactory files, IStreamEngine engine)
            {
                await Task.Yield();
                {{Statement}}
            }
        }
        """;

    public override string ToString() => Name;

    private const string Sort = "a stream never ends, so it cannot be sorted or cut";
    private const string NoTime = "a window needs rows with event time that are not in a window yet: call WithEventTime";
    private const string NoBound = "these two cannot be joined as they stand. Write inner.Within(before, after)";
    private const string Into = "'join ... into' is not offered: use LeftJoin, SemiJoin or AntiJoin";
    private const string Endless = "a query over a stream has no end, so this would never return.";
    private const string NoMode = "a table changes, so say how: WriteTo(sink, OutputMode.Update)";
    private const string Only = "a stream only gains rows: use OutputMode.Append or leave the mode out";
    private const string Changes = "a table changes, so it cannot be appended: write it with OutputMode.Update";
    private const string NotYet = "rows in a window are not a result yet: group or join them";
    private const string ClassSide = "an outer join leaves this side null, so its rows must be of a class";
    private const string Unordered = "the rows of a group have no order yet: OrderBy first";
    private const string NotKept = "not kept incrementally: give the aggregate a selector or a predicate";
    private const string PointType = "readonly record struct {0}(string User);";

    internal static readonly Mistake[] All =
    [
        // SLQ0001: cutting or sorting what never ends
        new("TakeStream", "var q = timed.Take(10);", "SLQ0001", Sort),
        new("TakeUnorderedTable", "var q = table.Take(10);", "SLQ0001", Sort),
        new("TakeWindowed", "var q = windowed.Take(10);", "SLQ0001", Sort),
        new("SkipStream", "var q = stream.Skip(10);", "SLQ0001", Sort),
        new("SortStream", "var q = from c in stream orderby c.Amount descending select c;", "SLQ0001", Sort),
        new("SortTimed", "var q = timed.OrderBy(c => c.At);", "SLQ0001", Sort),

        // SLQ0002: windows without time
        new("WindowUntimed", "var q = from c in stream.Window(Windowing.Tumbling(Minute)) group c by c.User into g select g.Count();", "SLQ0002", NoTime),
        new("WindowTwice", "var q = windowed.Window(Windowing.Tumbling(Minute));", "SLQ0002", NoTime),
        new("WindowTable", "var q = table.Window(Windowing.Tumbling(Minute));", "SLQ0002", NoTime),
        new("WindowOfUntimedRow", "var q = stream.Window(c => new Window(c.At, c.At + Minute));", "SLQ0002", NoTime),
        new("SessionUntimed", "var q = stream.SessionWindow(c => Minute);", "SLQ0002", NoTime),

        // SLQ0003: joins that do not fit
        new("JoinBare", "var q = from c in timed join o in orders on c.User equals o.User select o.Id;", "SLQ0003", NoBound),
        new("JoinStreamTable", "var q = from o in orders join c in table on o.User equals c.User select c;", "SLQ0003", NoBound),
        new("JoinTableWithin", "var q = from c in table join o in orders.Within(Minute, Minute) on c.User equals o.User select o.Id;", "SLQ0003", NoBound),
        new("JoinUntimedWithin", "var q = from c in stream join o in orders.Within(Minute, Minute) on c.User equals o.User select o.Id;", "SLQ0003", NoBound),
        new("JoinOneSidedWindow", "var q = from c in windowed join o in orders on c.User equals o.User select o.Id;", "SLQ0003", NoBound),
        new("LeftJoinBare", "var q = timed.LeftJoin(orders, c => c.User, o => o.User, (c, o) => c.User);", "SLQ0003", NoBound),
        new("LeftJoinBareOn", "var q = timed.LeftJoin(orders, c => c.User, o => o.User, (c, o) => c.User, on: (c, o) => o.Id > 1);", "SLQ0003", NoBound),
        new("RightJoinAsOf", "var q = orders.RightJoin(timed.LatestBy(c => c.User).AsOf(), o => o.User, c => c.User, (o, c) => c);", "SLQ0003", NoBound),
        new("FullJoinBare", "var q = timed.FullJoin(orders, c => c.User, o => o.User, (c, o) => 1);", "SLQ0003", NoBound),
        new("SemiJoinBare", "var q = orders.SemiJoin(timed, o => o.User, c => c.User);", "SLQ0003", NoBound),
        new("AntiJoinSnapshot", "var q = orders.AntiJoin(table.Snapshot(), o => o.User, c => c.User);", "SLQ0003", NoBound),

        // SLQ0004 and SLQ0005: shapes of query syntax
        new("JoinInto", "var q = from c in timed join o in orders.Within(Minute, Minute) on c.User equals o.User into os select os;", "SLQ0004", Into),
        new("JoinIntoBare", "var q = from c in timed join o in orders on c.User equals o.User into os select os;", "SLQ0004", Into),
        new("CrossJoin", "var q = from c in timed from o in orders select o.Id;", "SLQ0005", "a stream cannot be crossed with another one: join them."),

        // SLQ0006: waiting for the end
        new("ForEach", "foreach (var c in timed) Console.WriteLine(c);", "SLQ0006", Endless),
        new("AwaitForEach", "await foreach (var c in stream) Console.WriteLine(c);", "SLQ0006", Endless),
        new("ToListStream", "var q = (from c in timed select c.User).ToList();", "SLQ0006", Endless),
        new("ToArrayStream", "var q = timed.ToArray();", "SLQ0006", Endless),
        new("CountTable", "var q = table.Count();", "SLQ0006", Endless),
        new("FirstStream", "var q = timed.First();", "SLQ0006", Endless),
        new("FirstOf", "var q = timed.First(c => c.Amount > 1);", "SLQ0006", Endless),
        new("SumStream", "var q = timed.Sum(c => c.Amount);", "SLQ0006", Endless),
        new("MaxTable", "var q = table.Max(c => c.At);", "SLQ0006", Endless),
        new("TypoInSum", "var q = timed.Sum(c => c.Amonut);", "CS1061", "Amonut"),
        new("AnyStream", "var q = timed.Any();", "SLQ0006", Endless),

        // SLQ0007: local time
        new("LocalTime", "var q = stream.WithEventTime(c => c.At.LocalDateTime, Minute);", "SLQ0007", "event time must be a DateTimeOffset: the zone of a DateTime depends on the machine."),
        new("LocalTimeWithStrategy", "var q = stream.WithEventTime(c => c.At.DateTime, WatermarkStrategy.Monotonic);", "SLQ0007", "event time must be a DateTimeOffset"),

        // SLQ0008 to SLQ0010 and SLQ0012: writing and reading
        new("TableNoMode", "var q = table.WriteTo(sink);", "SLQ0008", NoMode),
        new("TableNoModeFiles", "var q = (from c in timed group c by c.User into g select new { g.Key, N = g.Count() }).WriteTo(files);", "SLQ0008", NoMode),
        new("TableNoModeFunction", "var q = table.WriteTo((batch, cancel) => ValueTask.CompletedTask);", "SLQ0008", NoMode),
        new("TableAppend", "var q = table.WriteTo(sink, OutputMode.Append);", "SLQ0009", Changes),
        new("TableAppendFiles", "var q = table.WriteTo(files, OutputMode.Append);", "SLQ0009", Changes),
        new("TableAppendFunction", "var q = table.WriteTo((batch, cancel) => ValueTask.CompletedTask, OutputMode.Append);", "SLQ0009", Changes),
        new("StreamComplete", "var q = timed.WriteTo(sink, OutputMode.Complete);", "SLQ0009", Only),
        new("StreamUpdateFiles", "var q = stream.WriteTo(files, OutputMode.Update);", "SLQ0009", Only),
        new("StreamUpdateFunction", "var q = stream.WriteTo((batch, cancel) => ValueTask.CompletedTask, OutputMode.Changelog);", "SLQ0009", Only),
        new("WindowedWrite", "var q = windowed.WriteTo(files);", "SLQ0010", NotYet),
        new("WindowedAppend", "var q = windowed.WriteTo(sink, OutputMode.Append);", "SLQ0010", NotYet),
        new("UpdatingWrite", "var q = updating.WriteTo(sink, OutputMode.Update);", "SLQ0010", NotYet),
        new("TableToAsync", "var q = table.ToAsyncEnumerable(engine);", "SLQ0012", "a table changes: read its changes with ToChanges().ToAsyncEnumerable(engine)."),

        // SLQ0011: words of LINQ that mean something else
        new("UnionStream", "var q = stream.Union(timed);", "SLQ0011", "use Merge, which keeps duplicates; add Distinct() to remove them."),
        new("ConcatStream", "var q = stream.Concat(timed);", "SLQ0011", "use Merge, which keeps duplicates"),
        new("MergeStreamTable", "var q = stream.Merge(table);", "SLQ0011", "Merge takes two streams or two tables"),

        // SLQ0013: null sides that cannot be null
        new("LeftStruct", "var q = orders.LeftJoin(timed.Select(c => new P1(c.User)).Within(Minute, Minute), o => o.User, p => p.User, (o, p) => o.Id);", "SLQ0013", ClassSide, PointType.Replace("{0}", "P1")),
        new("LeftStructWindowed", "var q = orders.Window(Windowing.Tumbling(Minute)).LeftJoin(windowed.Select(c => new P2(c.User)), o => o.User, p => p.User, (o, p) => o.Id);", "SLQ0013", ClassSide, PointType.Replace("{0}", "P2")),
        new("LeftStructTable", "var q = table.LeftJoin(table.Select(c => new P3(c.User)), o => o.User, p => p.User, (o, p) => o.User);", "SLQ0013", ClassSide, PointType.Replace("{0}", "P3")),
        new("LeftStructStatic", "var q = orders.LeftJoin(new[] { new P4(\"ann\") }, o => o.User, p => p.User, (o, p) => o.User);", "SLQ0013", ClassSide, PointType.Replace("{0}", "P4")),
        new("RightStruct", "var q = timed.Select(c => new P5(c.User)).RightJoin(orders.Within(Minute, Minute), p => p.User, o => o.User, (p, o) => o.Id);", "SLQ0013", ClassSide, PointType.Replace("{0}", "P5")),
        new("FullStruct", "var q = orders.FullJoin(timed.Select(c => new P6(c.User)).Within(Minute, Minute), o => o.User, p => p.User, (o, p) => 1);", "SLQ0013", ClassSide, PointType.Replace("{0}", "P6")),

        // SLQ0014 and SLQ0015: rows of a group
        new("GroupTakeUnordered", "var q = from c in windowed group c by c.User into g from c in g.Take(3) select c;", "SLQ0014", Unordered),
        new("GroupRankUnordered", "var q = from c in timed group c by c.User into g from c in g.Select((c, rank) => rank) select c;", "SLQ0014", Unordered),
        new("GroupOverUnordered", "var q = from c in timed group c by c.User into g from c in g.Over(2) select c.Current;", "SLQ0014", Unordered),
        new("GroupSelectDistinct", "var q = from c in timed group c by c.Country into g select g.Select(c => c.User).Distinct().Count();", "SLQ0015", NotKept),
        new("GroupAny", "var q = from c in timed group c by c.Country into g where g.Any(c => c.Amount > 1) select g.Key;", "SLQ0015", NotKept),
        new("GroupAll", "var q = from c in timed group c by c.Country into g where g.All(c => c.Amount > 1) select g.Key;", "SLQ0015", NotKept),

        // SLQ0016: calls elsewhere for what can be taken back
        new("CallOfTable", "var q = table.SelectAsync((c, cancel) => ValueTask.FromResult(c.User));", "SLQ0016", "calls elsewhere take a stream"),
        new("CallOfTableWithOptions", "var q = table.SelectAsync((c, cancel) => ValueTask.FromResult(c.User), new AsyncOptions { Ordered = false });", "SLQ0016", "or on ToChanges()"),
        new("CallOfWindowed", "var q = windowed.SelectAsync((c, cancel) => ValueTask.FromResult(c.User));", "SLQ0016", "Call before the rows are windowed or grouped"),

        // the compiler's own words are good enough: the wrong kind names both
        new("AsOfPlainTable", "var q = from o in orders join c in table.AsOf() on o.User equals c.User select c;", "CS1929", "VersionedTable"),
        new("EmitOnUpdateUnwindowed", "var q = timed.EmitOnUpdate();", "CS1929", "Windowed"),
        new("ThenByUnordered", "var q = table.ThenBy(c => c.User);", "CS1929", "OrderedTable"),
        new("ToChangesStream", "var q = timed.ToChanges();", "CS1929", "Table"),
        new("WithinUntimed", "var q = from o in orders join c in stream.Within(Minute, Minute) on o.User equals c.User select c;", "CS1929", "EventTime"),
        new("KindMix", "IStreamQueryable<Click, EventTime> q = table.Where(c => c.Amount > 1);", "CS0266", "EventTime"),
        new("TableAsStream", "IStreamQueryable<long, AppendOnly> q = from c in timed group c by c.User into g select g.Count();", "CS0266", "AppendOnly"),
        new("WindowAsStream", "IStreamQueryable<Click, EventTime> q = timed.Window(Windowing.Tumbling(Minute));", "CS0266", "Windowed"),
        new("JoinKeyTypes", "var q = from c in timed join o in orders.Within(Minute, Minute) on c.User equals o.Id select o;", "CS1941", "join clause"),
        new("WrongSinkRow", "var q = orders.WriteTo(sink);", "CS1503", "IStreamSink"),
        new("OptionalDereference", "var q = orders.LeftJoin(timed.Within(Minute, Minute), o => o.User, c => c.User, (o, c) => c.Amount);", "CS8602", "null reference"),
        new("GroupUnknown", "var q = from c in windowed group c by c.User into g select g.Reverse();", "CS0411", "Reverse"),
        new("MergeRows", "var q = timed.Merge(orders);", "CS0411", "Merge"),
        new("SumTime", "var q = from c in timed group c by c.User into g select g.Sum(c => c.At);", "CS0029 CS1662", "DateTimeOffset"),

        // a typo gives one plain error at the typo, wherever it is
        new("Typo", "var q = from c in windowed group c by c.Usr into g select g.Count();", "CS1061", "Usr"),
        new("TypoAfterJoin", "var q = from c in timed join o in orders.Within(Minute, Minute) on c.User equals o.User select o.Idd;", "CS1061", "Idd"),
        new("TypoInAggregate", "var q = from c in timed group c by c.User into g select new { g.Key, S = g.Sum(c => c.Amonut) };", "CS1061", "Amonut"),
        new("TypoInEventTime", "var q = stream.WithEventTime(c => c.When, Minute);", "CS1061", "When"),
        new("TypoInJoinKey", "var q = from c in timed join o in orders.Within(Minute, Minute) on c.Usr equals o.User select o.Id;", "CS1061", "Usr"),
        new("TypoInLeftJoin", "var q = timed.LeftJoin(orders.Within(Minute, Minute), c => c.User, o => o.User, (c, o) => c.Usr);", "CS1061", "Usr"),
        new("TypoInFullJoin", "var q = timed.FullJoin(orders.Within(Minute, Minute), c => c.User, o => o.User, (c, o) => o!.Idd);", "CS1061", "Idd"),
        new("TypoInOrderBy", "var q = from c in table orderby c.Usr select c;", "CS1061", "Usr"),
        new("TypoInWindowed", "var q = from c in windowed where c.Usr == \"a\" select c;", "CS1061", "Usr"),
        new("TypoInWindow", "var q = timed.Window(c => c.Windo);", "CS1061", "Windo"),
        new("UntimedWindowField", "var q = from c in timed group c by c.User into g select g.Window;", "CS1061", "Window"),

        // what a lambda cannot hold
        new("TupleLiteral", "var q = from c in timed select (c.User, c.Amount);", "CS8143", "tuple"),
        new("TupleKey", "var q = from c in timed group c by (c.User, c.Page) into g select g.Count();", "CS8143", "tuple"),
        new("NullPropagation", "var q = from c in timed select c.User?.Length;", "CS8072", "null propagating"),
        new("IsPattern", "var q = from c in timed where c.User is \"ann\" or \"bob\" select c;", "CS8122", "'is' pattern"),
        new("SwitchExpression", "var q = from c in timed select c.Amount switch { 0 => 0, _ => 1 };", "CS8514", "switch expression"),
        new("OutVariable", "var q = from c in timed where int.TryParse(c.User, out var n) select c;", "CS8198", "out"),
        new("AsyncLambda", "var q = timed.Select(async c => await Task.FromResult(c));", "CS1989", "Async lambda"),
        new("WithExpression", "var q = from c in timed select c with { Amount = 1 };", "CS8849", "with"),
        new("SplitParams", "var q = from c in timed from w in c.Page.Split(' ', '/') select w;", "CS8640 CS9226", ""),
    ];
}
