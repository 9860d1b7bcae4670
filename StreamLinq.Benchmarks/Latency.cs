// `ratios --only latency`: how long a row or a window takes to its result at a steady, low load, without and with a checkpoint. A thread of its own writes the rows at their time; the clock of both ends is one.
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading.Channels;

namespace StreamLinq.Benchmarks;

internal static class Latency
{
    internal const string Name = "latency";

    private const int Keys = 100;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(10);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    internal static async Task<int> RunAsync(bool quick, string? json)
    {
        var results = new List<Result>();
        foreach (var durable in new[] { false, true })
        {
            results.Add(await MeasureAsync("windows of 10 ms, 100 keys, 100,000 rows/s", 100_000, durable, quick, Windows));
            results.Add(await MeasureAsync("where + select, 50,000 rows/s", 50_000, durable, quick, Each));
        }

        foreach (var result in results) Console.WriteLine(result.ToString());
        if (json is not null) await File.WriteAllTextAsync(json, JsonSerializer.Serialize(results, Indented));
        return 0;
    }

    private readonly record struct Tick(int Key, long At);

    private readonly record struct Count(int Key, long End, long Rows);

    private static StreamOutput Windows(IStreamQueryable<Tick, AppendOnly> rows, Action<long> took) => rows
        .WithEventTime(r => new DateTimeOffset(r.At, TimeSpan.Zero), maxDelay: TimeSpan.Zero)
        .Window(Windowing.Tumbling(Window))
        .GroupBy(r => r.Key)
        .Select(g => new Count(g.Key, g.Window.End.UtcTicks, g.Count()))
        .WriteTo(new CountingSink<Count>(batch =>
        {
            var now = Now();
            foreach (ref readonly var change in batch.Changes.Span) took(now - change.Row.End);
        }));

    private static StreamOutput Each(IStreamQueryable<Tick, AppendOnly> rows, Action<long> took) => rows
        .Where(r => r.Key >= 0).Select(r => new Tick(r.Key + 1, r.At))
        .WriteTo(new CountingSink<Tick>(batch =>
        {
            var now = Now();
            foreach (ref readonly var change in batch.Changes.Span) took(now - change.Row.At);
        }));

    private static long Now() => Start.Ticks + Stopwatch.GetElapsedTime(Started).Ticks;

    private static readonly long Started = Stopwatch.GetTimestamp();
    private static readonly DateTime Start = DateTime.UtcNow;

    private static async Task<Result> MeasureAsync(string name, int rowsPerSecond, bool durable, bool quick, Func<IStreamQueryable<Tick, AppendOnly>, Action<long>, StreamOutput> query)
    {
        var (seconds, ticks) = (quick ? 5 : 15, new List<long>());
        var from = Now() + WarmUp.Ticks;
        var folder = durable ? StateQuery.NewFolder() : null;
        var channel = Channel.CreateUnbounded<Tick>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        await using (var engine = new StreamEngine())
        {
            var running = await engine.StartAsync(query(StreamSource.From(channel.Reader), took => { if (Now() >= from) ticks.Add(took); }), new StreamingQueryOptions { CheckpointLocation = folder });
            await Task.Factory.StartNew(() => Write(channel.Writer, rowsPerSecond, from + (seconds * TimeSpan.TicksPerSecond)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await running.StopAsync();
        }

        if (folder is not null) Directory.Delete(folder, recursive: true);
        ticks.Sort();
        return new Result(name, durable, ticks.Count, Milliseconds(0.5), Milliseconds(0.99), Milliseconds(1));

        double Milliseconds(double part) => TimeSpan.FromTicks(ticks[(int)(part * (ticks.Count - 1))]).TotalMilliseconds;
    }

    // Each row at its time, ten at once.
    private static void Write(ChannelWriter<Tick> to, int rowsPerSecond, long until)
    {
        var random = new Random(42);
        var step = 10 * TimeSpan.TicksPerSecond / rowsPerSecond;
        for (var at = Now(); at < until; at += step)
        {
            while (Now() < at) Wait();
            for (var i = 0; i < 10; i++) to.TryWrite(new Tick(random.Next(Keys), at));
        }

        to.Complete();
    }

    // It sleeps, and does not spin: on a machine of two cores who wakes up on the core of a thread that spins waits for a time slice, and that is what would be measured.
    private static void Wait()
    {
        if (OperatingSystem.IsLinux()) _ = SleepMicroseconds(20);
        else Thread.Yield();
    }

    [DllImport("libc", EntryPoint = "usleep", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SleepMicroseconds(uint microseconds);

    private sealed record Result(string Scenario, bool Durable, int Measured, double MedianMilliseconds, double P99Milliseconds, double MostMilliseconds)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Scenario}, {(Durable ? "with" : "without")} a checkpoint: p50 {MedianMilliseconds:F2} ms, p99 {P99Milliseconds:F2} ms, most {MostMilliseconds:F1} ms");
    }
}
