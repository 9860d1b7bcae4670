// `ratios --only start`: how long StartAsync takes in a warm process, for a query of a shape that has run before (with another captured value) and for one that has not.
using System.Diagnostics;
using System.Globalization;
using System.Linq.Expressions;
using System.Text.Json;

namespace StreamLinq.Benchmarks;

internal static class StartUp
{
    internal const string Name = "start";

    private const int Starts = 21;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    internal static async Task<int> RunAsync(string? json)
    {
        var rows = Rows.Uniform(Rows.Batch, 100);
        for (var i = 0; i < Starts; i++) await StartAsync(rows, Captured(i));
        var seen = new List<double>();
        var fresh = new List<double>();
        for (var i = 0; i < Starts; i++)
        {
            seen.Add(await StartAsync(rows, Captured(Starts + i)));
            fresh.Add(await StartAsync(rows, Longer(i)));
        }

        var result = new Result(Middle(seen), Middle(fresh));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"start of a query, no checkpoint: {result.SeenMilliseconds:F2} ms for a shape that has run before, {result.NewMilliseconds:F2} ms for a new one"));
        if (json is not null) await File.WriteAllTextAsync(json, JsonSerializer.Serialize(result, Indented));
        return 0;
    }

    private static Expression<Func<Row, long>> Captured(int number) => r => r.Value + number;

    // r => r.Value + r.Time + r.Time + ..., another one for each number.
    private static Expression<Func<Row, long>> Longer(int number)
    {
        var row = Expression.Parameter(typeof(Row), "r");
        Expression sum = Expression.Property(row, nameof(Row.Value));
        for (var i = 0; i <= number; i++) sum = Expression.Add(sum, Expression.Property(row, nameof(Row.Time)));
        return Expression.Lambda<Func<Row, long>>(sum, row);
    }

    private static async Task<double> StartAsync(Row[] rows, Expression<Func<Row, long>> value)
    {
        await using var engine = new StreamEngine();
        var source = new RowsSource<Row>(rows);
        var started = Stopwatch.GetTimestamp();
        var query = await engine.StartAsync(source.AsStreamQueryable().Select(value).GroupBy(v => v % 100).Select(g => new { g.Key, Count = g.Count(), Sum = g.Sum(v => v) })
            .WriteTo(static (_, _) => ValueTask.CompletedTask, OutputMode.Update));
        var took = Stopwatch.GetElapsedTime(started);
        await query.StopAsync();
        return took.TotalMilliseconds;
    }

    private static double Middle(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private sealed record Result(double SeenMilliseconds, double NewMilliseconds);
}
