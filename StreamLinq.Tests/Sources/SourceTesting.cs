// What the tests of sources share: a folder that goes away, a clock that stands still, and reading a source like an engine.
using NUnit.Framework;

namespace StreamLinq.Tests.Sources;

internal sealed class TempFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("streamlinq-sources-").FullName;

    internal string File(string name) => System.IO.Path.Combine(Path, name);

    internal string Write(string name, string text, DateTime? written = null) => Write(name, System.Text.Encoding.UTF8.GetBytes(text), written);

    internal string Write(string name, byte[] bytes, DateTime? written = null)
    {
        System.IO.File.WriteAllBytes(File(name), bytes);
        if (written is { } time) System.IO.File.SetLastWriteTimeUtc(File(name), time);
        return File(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

internal sealed class ManualClock(DateTimeOffset now) : TimeProvider
{
    internal DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>Reads a source epoch by epoch.</summary>
internal sealed class Reading<T>(IStreamReader<T> reader) : IAsyncDisposable
{
    internal IStreamReader<T> Reader => reader;

    internal IReadOnlyList<SourceOffset> Current { get; set; } = [];

    internal bool IsEnd { get; private set; }

    internal static async Task<Reading<T>> OpenAsync(IStreamSource<T> source, IReadOnlyList<SourceOffset>? start = null, TimeProvider? clock = null) =>
        new(await source.OpenAsync(new SourceContext("s", Guid.Empty, start ?? [], clock ?? TimeProvider.System), CancellationToken.None)) { Current = start ?? [] };

    internal async Task<List<T>> EpochAsync(long? most = null)
    {
        var point = await reader.GetLatestAsync(Current, new ReadLimit(most), CancellationToken.None);
        var rows = await ReadAsync(Current, point.Offsets);
        (Current, IsEnd) = (point.Offsets, point.IsEnd);
        return rows;
    }

    internal async Task<List<T>> ReadAsync(IReadOnlyList<SourceOffset> from, IReadOnlyList<SourceOffset> to)
    {
        var rows = new List<T>();
        foreach (var offset in to.OrderBy(o => o.Partition, StringComparer.Ordinal))
        {
            var start = from.FirstOrDefault(o => o.Partition == offset.Partition).Position;
            if (start == offset.Position) continue;
            await foreach (var batch in reader.ReadAsync(new OffsetRange(offset.Partition, start, offset.Position), CancellationToken.None)) rows.AddRange(batch.Span);
        }

        return rows;
    }

    /// <summary>Epochs until there are so many rows or the input ends; fails after ten seconds.</summary>
    internal async Task<List<T>> TakeAsync(int rows = int.MaxValue, bool commit = true)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var taken = new List<T>();
        while (taken.Count < rows && !IsEnd)
        {
            await reader.WaitAsync(Current, stop.Token);
            taken.AddRange(await EpochAsync(rows == int.MaxValue ? null : rows - taken.Count));
            if (commit) await reader.CommitAsync(Current, CancellationToken.None);
        }

        return taken;
    }

    public ValueTask DisposeAsync() => reader.DisposeAsync();
}

internal static class Sources
{
    internal static IStreamSource<T> Of<T>(IStreamQueryable<T, AppendOnly> query) => (IStreamSource<T>)((StreamRootExpression)query.Expression).Source;

    internal static async Task<StreamLinqException> ErrorAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (StreamLinqException e)
        {
            return e;
        }

        throw new AssertionException("no StreamLinqException was thrown");
    }
}
