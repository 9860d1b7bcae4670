// Merging the aggregates of any parts of some rows gives the aggregates of all of them, and leaves the parts as they were: a pane is merged into many windows.
using System.Linq.Expressions;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Engine;

[TestFixture]
public sealed class AccumulatorMergeTests
{
    public sealed record Reading(int Id, string? Name, int? Amount, decimal Price, double Weight, DateTimeOffset At);

    private static readonly IStreamQueryable<Reading, AppendOnly> Readings = StreamSource.From(new MemorySource<Reading>(), "readings");

    private static readonly IStreamQueryable Simple = from r in Readings
                                                      group r by 0 into g
                                                      let some = g.Where(r => r.Id > 3)
                                                      select new
                                                      {
                                                          N = g.Count(),
                                                          Few = some.Count(),
                                                          Ids = g.Sum(r => r.Id),
                                                          Amounts = g.Sum(r => r.Amount),
                                                          Prices = g.Sum(r => r.Price),
                                                          Mean = g.Average(r => r.Amount),
                                                          MeanPrice = g.Average(r => r.Price),
                                                          Least = g.Min(r => r.Name),
                                                          Most = some.Max(r => r.Amount),
                                                          Heaviest = g.Max(r => r.Weight),
                                                          Names = g.CountDistinct(r => r.Name),
                                                          Weights = g.CountDistinct(r => r.Weight),
                                                          Pairs = some.CountDistinct(r => new { r.Name, r.Amount }),
                                                          First = some.First(),
                                                          Last = some.Last(),
                                                          Text = g.Aggregate(new Texts()),
                                                          Product = some.Aggregate(new Longest()),
                                                      };

    private static Gen<Reading[]> Rows() =>
        (from id in Gen.Choose(0, 9)
         from name in Gen.Elements("a", "b", "B", "", null)
         from amount in Gen.OneOf(Gen.Choose(-50, 50).Select(a => (int?)a), Gen.Constant((int?)null))
         from price in Gen.Elements(0m, 1.0m, 1.00m, -3.75m)
         from weight in Gen.Elements(0.0, -0.0, 1.5, double.NaN)
         from minute in Gen.Choose(0, 4)
         select new Reading(id, name, amount, price, weight, DateTimeOffset.UnixEpoch.AddMinutes(minute))).ArrayOf();

    [Test]
    public void Merged_parts_give_what_all_rows_give() => Hold(Simple);

    private static void Hold(IStreamQueryable query) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(
        (from rows in Rows() from ends in Gen.Choose(0, 20).ArrayOf() select (rows, ends)).ToArbitrary(),
        drawn => ((IParts)Activator.CreateInstance(PartsOf(query, out var node), node)!).Hold(drawn.rows, drawn.ends)));

    private static Type PartsOf(IStreamQueryable query, out LogicalAggregate node)
    {
        var at = LogicalPlan.Bind(query).Root;
        while (at is not LogicalAggregate) at = at.Inputs[0];
        node = (LogicalAggregate)at;
        var shape = new GroupShape(node, changing: false, windowed: true);
        return typeof(Parts<,,>).MakeGenericType(shape.Key.Type, shape.State.Type, shape.Result.Type);
    }

    private interface IParts
    {
        void Hold(Reading[] rows, int[] ends);
    }

    private delegate void Add<TState>(ref TState state, Reading row);

    private sealed class Parts<TKey, TState, TResult>(LogicalAggregate node) : IParts
    {
        private readonly GroupShape _shape = new(node, changing: false, windowed: true);

        public void Hold(Reading[] rows, int[] ends)
        {
            var result = (GroupResult<TKey, TState, TResult>)_shape.CompileResult(_ => throw new InvalidOperationException("nothing stands beside"));
            var merge = (GroupMerge<TState>)_shape.CompileMerge();
            var add = Updates();
            var bytes = new ByteWriter();
            var codec = Codecs.Value<TState>();
            var (all, merged, again) = (default(TState)!, default(TState)!, default(TState)!);
            foreach (var row in rows) add(ref all, row);
            foreach (var part in Cut(rows, ends))
            {
                var pane = default(TState)!;
                foreach (var row in part) add(ref pane, row);
                var before = Bytes(pane);
                merge(ref merged, pane);
                merge(ref again, pane);
                foreach (var row in rows) add(ref again, row);
                merge(ref again, pane);
                Assert.That(Bytes(pane), Is.EqualTo(before), "a part changed as it was merged");
            }

            Assert.That(Text(result(default!, merged)), Is.EqualTo(Text(result(default!, all))));
            var restored = codec.Decode(new ByteReader(), Bytes(merged));
            Assert.That(Bytes(restored), Is.EqualTo(Bytes(merged)));
            Assert.That(Text(result(default!, restored)), Is.EqualTo(Text(result(default!, merged))));

            byte[] Bytes(TState state)
            {
                bytes.Clear();
                codec.Write(bytes, state);
                return bytes.Written.ToArray();
            }
        }

        private static string Text(object? value) => value switch
        {
            System.Runtime.CompilerServices.ITuple tuple => string.Join("; ", Enumerable.Range(0, tuple.Length).Select(i => Text(tuple[i]))),
            string text => text,
            System.Collections.IEnumerable list => "[" + string.Join(" | ", list.Cast<object?>().Select(Text)) + "]",
            null => "null",
            _ => value.ToString()!,
        };

        private static IEnumerable<Reading[]> Cut(Reading[] rows, int[] ends)
        {
            var at = 0;
            foreach (var end in ends.Select(e => Math.Min(e, rows.Length)).Order().Append(rows.Length))
            {
                yield return rows[at..end];
                at = end;
            }
        }

        private Add<TState> Updates()
        {
            var state = Expression.Parameter(typeof(TState).MakeByRefType(), "state");
            var row = Expression.Parameter(typeof(Reading), "row");
            var source = new OfRow(row);
            var updates = _shape.Accumulators.Select((accumulator, i) =>
            {
                var call = node.Aggregates[i];
                var scope = new AccumulatorScope(f => _shape.State.Get(state, _shape.Offsets[i] + f), Expression.Default(typeof(TKey)), (_, _) => throw new InvalidOperationException());
                var update = accumulator.Update(scope, source.Visit(Accumulator.Input(call)), null);
                return call.Filter is null ? update : Expression.IfThen(source.Visit(call.Filter)!, update);
            });
            return Expression.Lambda<Add<TState>>(Expression.Block(typeof(void), updates), state, row).Compile();
        }
    }

    private sealed class OfRow(Expression row) : ExpressionVisitor
    {
        protected override Expression VisitExtension(Expression node) => node is ColumnExpression ? row : node;
    }

    public sealed class Words
    {
        public List<string> All { get; set; } = [];
    }

    /// <summary>Changes its accumulator in place.</summary>
    private sealed class Texts : IStreamAggregate<Reading, Words, string>
    {
        public Words Create() => new();

        public Words Add(Words accumulator, Reading input)
        {
            accumulator.All.Add(input.Id.ToString());
            return accumulator;
        }

        public Words Merge(Words left, Words right)
        {
            // Whatever an aggregate does to either side must not reach the part that is merged.
            right.All.InsertRange(0, left.All);
            return right;
        }

        public string Result(Words accumulator) => string.Join(",", accumulator.All);
    }

    private sealed class Longest : IStreamAggregate<Reading, int, int>
    {
        public int Create() => 0;

        public int Add(int accumulator, Reading input) => Math.Max(accumulator, input.Id);

        public int Merge(int left, int right) => Math.Max(left, right);

        public int Result(int accumulator) => accumulator;
    }
}
