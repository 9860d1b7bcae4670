// Plays the engine towards a sink: opens it as one query would, writes epochs, and stops where a crash would.
namespace StreamLinq.Tests.Sinks;

internal static class SinkRun
{
    internal static readonly Guid Query = Guid.Parse("6f1c1a52-0d0c-4b0e-9f6e-0d7a4f1b2c3d");

    internal static SinkContext Context(OutputMode? mode = null, long? last = null, string[]? key = null, Guid? query = null, int partition = 0, int partitions = 1, Guid? run = null) =>
        new(query ?? Query, run ?? Guid.NewGuid(), "test", mode, partition, partitions, key ?? [], last, TimeProvider.System);

    internal static ValueTask<IStreamSinkWriter<T>> OpenAsync<T>(this IStreamSink<T> sink, OutputMode? mode = null, long? last = null, string[]? key = null, Guid? query = null) =>
        sink.OpenAsync(Context(mode, last, key, query), default);

    internal static Task InsertAsync<T>(this IStreamSinkWriter<T> writer, long epoch, params T[] rows) =>
        writer.EpochAsync(epoch, [.. rows.Select(r => new Change<T>(ChangeKind.Insert, r))]);

    internal static Task TableAsync<T>(this IStreamSinkWriter<T> writer, long epoch, params T[] rows) =>
        writer.EpochAsync(epoch, [.. rows.Select(r => new Change<T>(ChangeKind.Insert, r))], replaces: true);

    internal static async Task EpochAsync<T>(this IStreamSinkWriter<T> writer, long epoch, Change<T>[] changes, bool replaces = false, Stop stop = Stop.None)
    {
        // Two batches, as the engine may cut an epoch anywhere.
        var half = changes.Length / 2;
        await writer.WriteAsync(new(epoch, replaces, changes.AsMemory(0, half)), default);
        if (stop == Stop.InWrite) return;
        await writer.WriteAsync(new(epoch, replaces, changes.AsMemory(half)), default);
        if (stop == Stop.BeforeFlush) return;
        await writer.FlushAsync(epoch, default);
        if (stop == Stop.BeforeCommit) return;
        await writer.CommitAsync(epoch, default);
    }

    internal static Change<T> Insert<T>(T row) => new(ChangeKind.Insert, row);

    internal static Change<T> Delete<T>(T row) => new(ChangeKind.Delete, row);

    internal static Change<T> Upsert<T>(T row) => new(ChangeKind.Upsert, row);
}

// Where the process dies in an epoch.
public enum Stop { None, InWrite, BeforeFlush, BeforeCommit }
