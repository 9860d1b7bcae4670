// File sinks for rows of any type.
namespace StreamLinq.Sinks;

internal sealed class JsonLinesSinkFactory(string path, JsonLinesSinkOptions options, string[] partitionBy) : IStreamSinkFactory
{
    private readonly FileTarget _target = FileTarget.Of(path, ".jsonl", partitionBy.Length > 0);

    public IStreamSink<T> Create<T>() => FileSinks.Create<T>("JSON lines", _target, partitionBy, (context, sink) => new JsonLinesFormat<T>(context, options, sink));
}

internal sealed class CsvSinkFactory(string path, string[] partitionBy) : IStreamSinkFactory
{
    private readonly FileTarget _target = FileTarget.Of(path, ".csv", partitionBy.Length > 0);

    public IStreamSink<T> Create<T>() => FileSinks.Create<T>("CSV", _target, partitionBy, (context, sink) => new CsvFormat<T>(context, sink));
}

internal static class FileSinks
{
    // Epochs are idempotent because each is cut off and written again, or kept, as a whole. A table in partition folders cannot be replaced in one step.
    internal static FileSink<T> Create<T>(string kind, FileTarget target, string[] partitionBy, Func<SinkContext, string, IRowFormat<T>> format)
    {
        var description = $"{kind} in {target.Description}";
        int[] columns = [.. partitionBy.Select(c => RowColumns<T>.Instance.IndexOf(c, description))];
        var features = SinkFeatures.Upserts | SinkFeatures.Deletes | SinkFeatures.IdempotentByEpoch | (columns.Length == 0 ? SinkFeatures.Replaces : SinkFeatures.None);
        return new FileSink<T>(kind, target, features, columns, context => format(context, description));
    }
}
