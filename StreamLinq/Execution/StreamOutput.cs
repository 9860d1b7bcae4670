// A query and where it goes: the last thing that is still only a description.
namespace StreamLinq;

/// <summary>A query with its sink. A value: it can be returned, registered, explained and started any number of times.</summary>
public abstract class StreamOutput
{
    private protected StreamOutput() { }

    /// <summary>The query.</summary>
    public abstract IStreamQueryable Query { get; }

    /// <summary>How the table is written; null for a stream, which is appended.</summary>
    public abstract OutputMode? Mode { get; }

    /// <summary>What the sink writes to, for people.</summary>
    public abstract string SinkDescription { get; }

    /// <summary>What the sink can do.</summary>
    public abstract SinkFeatures SinkFeatures { get; }
}

/// <summary>A query of rows of type <typeparamref name="T"/> with its sink.</summary>
public sealed class StreamOutput<T> : StreamOutput
{
    internal StreamOutput(IStreamQueryable<T> query, IStreamSink<T> sink, OutputMode? mode)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(sink);
        Query = query;
        Sink = sink;
        Mode = mode;
    }

    /// <inheritdoc />
    public override IStreamQueryable<T> Query { get; }

    /// <summary>The sink.</summary>
    public IStreamSink<T> Sink { get; }

    /// <inheritdoc />
    public override OutputMode? Mode { get; }

    /// <inheritdoc />
    public override string SinkDescription => Sink.Description;

    /// <inheritdoc />
    public override SinkFeatures SinkFeatures => Sink.Features;
}
