#:project ../../StreamLinq.Providers/StreamLinq.Providers.csproj
// How a query is unit-tested: as it stands, over rows in memory; and running, epoch by epoch, over crashes too. No test framework here, so that the sample runs by itself:
//
//     dotnet run docs/samples/testing.cs
using StreamLinq;

Order[] orders = [new("pears", 3), new("apples", 5), new("pears", 4)];

// 1. What does the query answer? The batch provider runs it over finite rows, as LINQ to Objects would.
var source = StreamSource.From(new MemorySource<Order>());
var totals = Sales.PerFruit(source).Over(orders).ToList();
Check("the totals of all orders", totals.OrderBy(t => t.Fruit), [new("apples", 5), new("pears", 7)]);

// 2. What does it tell while orders come? The harness runs one epoch per call, on a clock that only the test moves.
await using var harness = new StreamTestHarness();
var rows = harness.Source<Order>();
var output = await harness.StartAsync(Sales.PerFruit(rows.Rows), OutputMode.Update);

await rows.EpochAsync(orders[0], orders[1]);
Check("the first epoch", Rows(output.Take()), [new("pears", 3), new("apples", 5)]);

await rows.EpochAsync(orders[2]);
Check("the second tells only what changed", Rows(output.Take()), [new("pears", 7)]);

// 3. And over a crash? It starts again from what was committed.
await harness.CrashAndRecoverAsync();
await rows.EpochAsync(new Order("apples", 1));
Check("after a crash it goes on counting", Rows(output.Take()), [new("apples", 6)]);

// An epoch whose commit was lost runs again, with the same rows; a sink like this one takes it once.
await rows.EpochAsync(new Order("plums", 2));
await harness.ForgetLastCommitAsync();
await harness.CrashAndRecoverAsync();
await harness.RunUntilIdleAsync();
Check("an epoch that runs again counts once", output.Result.OrderBy(t => t.Fruit), [new("apples", 6), new("pears", 7), new("plums", 2)]);

static IEnumerable<Total> Rows(IEnumerable<Change<Total>> changes) => changes.Select(change => change.Row);

static void Check<T>(string what, IEnumerable<T> found, T[] expected)
{
    if (!found.SequenceEqual(expected)) throw new InvalidOperationException($"{what}: expected {string.Join(", ", expected)}, found {string.Join(", ", found)}");
    Console.WriteLine($"ok: {what}: {string.Join(", ", expected)}");
}

/// <summary>The query under test takes its input and gives its table; where rows come from and go to is for others to say.</summary>
static class Sales
{
    public static IStreamQueryable<Total, Table> PerFruit(IStreamQueryable<Order, AppendOnly> orders) =>
        from order in orders
        group order.Pieces by order.Fruit into fruit
        select new Total(fruit.Key, fruit.Sum());
}

record Order(string Fruit, int Pieces);

record Total(string Fruit, long Pieces);
