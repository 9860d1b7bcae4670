// Runs a query over a source: to the end of what is there, or live with a checkpoint, so that it can be stopped and started again.
using System.Collections.Concurrent;
using NUnit.Framework;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Kafka;

internal static class RunNow
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>All rows there are now. A failure is thrown as its cause.</summary>
    internal static async Task<List<T>> RowsAsync<T>(IStreamSource<T> source, StreamingQueryOptions? options = null)
    {
        var rows = new List<T>();
        await OutputAsync(source.AsStreamQueryable().WriteTo((batch, _) =>
        {
            foreach (var change in batch.Changes.Span) rows.Add(change.Row);
            return ValueTask.CompletedTask;
        }), options);
        return rows;
    }

    /// <summary>Runs an output over what is there now.</summary>
    internal static async Task<StreamingQuery> OutputAsync(StreamOutput output, StreamingQueryOptions? options = null)
    {
        await using var engine = new StreamEngine();
        await using var query = await engine.StartAsync(output, (options ?? new StreamingQueryOptions()) with { Trigger = Trigger.AvailableNow });
        try
        {
            await query.Completion.WaitAsync(Limit);
        }
        catch (StreamingQueryException error) when (error.InnerException is StreamLinqException cause)
        {
            throw new StreamLinqException(cause.Code, cause.Message[(cause.Code.Length + 2)..], error);
        }

        return query;
    }
}

/// <summary>A query that copies rows into a list, with a checkpoint.</summary>
internal sealed class LiveRun : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly StreamEngine _engine = new();
    private readonly ConcurrentQueue<string> _rows = new();
    private readonly IStreamSource<string> _source;
    private readonly StreamingQueryOptions _options;

    private LiveRun(IStreamSource<string> source, StreamingQueryOptions? options) => (_source, _options) = (source, (options ?? new StreamingQueryOptions()) with { CheckpointLocation = _folder["state"] });

    internal StreamingQuery Query { get; private set; } = null!;

    internal IReadOnlyCollection<string> Rows => _rows;

    internal static async Task<LiveRun> StartAsync(IStreamSource<string> source, StreamingQueryOptions? options = null)
    {
        var run = new LiveRun(source, options);
        try
        {
            await run.StartAgainAsync();
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    internal Task StopAsync() => Query.StopAsync();

    internal async Task StartAgainAsync(IStreamSource<string>? source = null) => Query = await _engine.StartAsync((source ?? _source).AsStreamQueryable("in").WriteTo((batch, _) =>
    {
        foreach (var change in batch.Changes.Span) _rows.Enqueue(change.Row);
        return ValueTask.CompletedTask;
    }), _options);

    internal async Task UntilAsync(Func<bool> happened)
    {
        for (var i = 0; !happened(); i++)
        {
            if (Query.Completion.IsFaulted) await Query.Completion;
            Assert.That(i, Is.LessThan(3000), "it did not happen within 30 s");
            await Task.Delay(10);
        }
    }

    /// <summary>Waits for the failure and gives its cause.</summary>
    internal async Task<StreamLinqException> FailureAsync()
    {
        try
        {
            await Query.Completion.WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (StreamingQueryException error)
        {
            return error.InnerException as StreamLinqException ?? error;
        }

        throw new AssertionException("the query did not fail");
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _folder.Dispose();
    }
}
