// File sinks for rows of any type.
namespace StreamLinq.Sinks;

internal sealed class JsonLinesSinkFactory(string path, JsonLinesSinkOptions options, string[] partitionBy) : IStreamSinkFactory
{
    private readonly FileTarget _target = FileSinks.Target(path, ".jsonl", partitionBy, options);

    public IStreamSink<T> Create<T>() => FileSinks.Create<T>("JSON lines", _target, options, partitionBy, (context, sink) => new JsonLinesFormat<T>(context, options, sink));
}

internal sealed class CsvSinkFactory(string path, FileSinkOptions options, string[] partitionBy) : IStreamSinkFactory
{
    private readonly FileTarget _target = FileSinks.Target(path, ".csv", partitionBy, options);

    public IStreamSink<T> Create<T>() => FileSinks.Create<T>("CSV", _target, options, partitionBy, (context, sink) => new CsvFormat<T>(context, sink));
}

internal static class FileSinks
{
    internal static FileTarget Target(string path, string extension, string[] partitionBy, FileSinkOptions options)
    {
        var target = FileTarget.Of(path, extension, partitionBy.Length > 0);
        options.Validate(target);
        return target;
    }

    internal static FileSink<string> Text(string path, FileSinkOptions options) =>
        new("text", Target(path, ".txt", [], options), options, SinkFeatures.IdempotentByEpoch | SinkFeatures.Replaces, [], _ => new TextFormat());

    // Epochs are idempotent because each is cut off and written again, or kept, as a whole. A table in partition folders cannot be replaced in one step.
    internal static FileSink<T> Create<T>(string kind, FileTarget target, FileSinkOptions options, string[] partitionBy, Func<SinkContext, string, IRowFormat<T>> format)
    {
        var description = $"{kind} in {target.Description}";
        int[] columns = [.. partitionBy.Select(c => RowColumns<T>.Instance.IndexOf(c, description))];
        var features = SinkFeatures.Upserts | SinkFeatures.Deletes | SinkFeatures.IdempotentByEpoch | (columns.Length == 0 ? SinkFeatures.Replaces : SinkFeatures.None);
        return new FileSink<T>(kind, target, options, features, columns, context => format(context, description));
    }
}
