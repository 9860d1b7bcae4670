// The doors out of the language: WriteTo makes a value of a query and its sink, ToAsyncEnumerable hands rows to ordinary code.
namespace StreamLinq;

/// <summary>Where queries end.</summary>
public static partial class StreamOutputs
{
    /// <summary>Appends the rows of a stream to a sink.</summary>
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, AppendOnly> stream, IStreamSink<T> sink) => new StreamOutput<T>(stream, sink, null);

    /// <summary>Appends the rows of a stream to a sink that takes rows of any type.</summary>
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, AppendOnly> stream, IStreamSinkFactory sink) => new StreamOutput<T>(stream, Make<T>(sink), null);

    /// <summary>Hands each epoch's rows of a stream to a function, together with the epoch's number: one call per epoch that has rows. The batch is valid during the call only. An epoch that was cut short by a crash comes again with the same rows.</summary>
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, AppendOnly> stream, Func<SinkBatch<T>, CancellationToken, ValueTask> write) => new StreamOutput<T>(stream, new ForEachBatchSink<T>(write), null);

    /// <inheritdoc cref="WriteTo{T}(IStreamQueryable{T, AppendOnly}, IStreamSink{T})" />
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, AppendOnly> stream, IStreamSink<T> sink, AppendMode mode) => WriteTo(stream, sink);

    /// <inheritdoc cref="WriteTo{T}(IStreamQueryable{T, AppendOnly}, IStreamSinkFactory)" />
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, AppendOnly> stream, IStreamSinkFactory sink, AppendMode mode) => WriteTo(stream, sink);

    /// <inheritdoc cref="WriteTo{T}(IStreamQueryable{T, AppendOnly}, Func{SinkBatch{T}, CancellationToken, ValueTask})" />
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, AppendOnly> stream, Func<SinkBatch<T>, CancellationToken, ValueTask> write, AppendMode mode) => WriteTo(stream, write);

    /// <summary>Writes the changes of a table to a sink, in the given mode.</summary>
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Table> table, IStreamSink<T> sink, OutputMode mode) => new StreamOutput<T>(table, sink, NotNull(mode));

    /// <summary>Writes the changes of a table to a sink that takes rows of any type, in the given mode.</summary>
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Table> table, IStreamSinkFactory sink, OutputMode mode) => new StreamOutput<T>(table, Make<T>(sink), NotNull(mode));

    /// <summary>Hands each epoch's changes of a table to a function, together with the epoch's number: one call per epoch that has changes. The batch is valid during the call only. An epoch that was cut short by a crash comes again with the same changes.</summary>
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Table> table, Func<SinkBatch<T>, CancellationToken, ValueTask> write, OutputMode mode) => new StreamOutput<T>(table, new ForEachBatchSink<T>(write), NotNull(mode));

    /// <summary>
    /// Runs a stream on an engine and gives its rows one by one; from here on the operators that .NET has for <see cref="IAsyncEnumerable{T}"/> apply. The query starts with the enumeration and stops with it.
    /// Nothing is read ahead of what the reader takes but the rows of one epoch.
    /// </summary>
    public static IAsyncEnumerable<T> ToAsyncEnumerable<T>(this IStreamQueryable<T, AppendOnly> query, IStreamEngine engine, StreamingQueryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(engine);
        return AsyncRows.Read(query, engine, options);
    }

    private static IStreamSink<T> Make<T>(IStreamSinkFactory sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return sink.Create<T>();
    }

    private static OutputMode NotNull(OutputMode mode)
    {
        ArgumentNullException.ThrowIfNull(mode);
        return mode;
    }
}
