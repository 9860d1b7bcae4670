// Told of what queries do, on the engine's thread; a slow listener slows the query.
namespace StreamLinq;

/// <summary>Is told of every query of an engine. Calls for one query come one at a time, in order; an exception is logged and changes nothing.</summary>
public interface IStreamingQueryListener
{
    /// <summary>A query has started; called before its first epoch.</summary>
    void OnStarted(StreamingQuery query) { }

    /// <summary>An epoch has been committed.</summary>
    void OnProgress(StreamingQuery query, StreamingQueryProgress progress) { }

    /// <summary>The query has found nothing to do; called once per idle stretch.</summary>
    void OnIdle(StreamingQuery query, DateTimeOffset timestamp) { }

    /// <summary>The query has ended; the exception is null if it was stopped or its input ended.</summary>
    void OnTerminated(StreamingQuery query, StreamingQueryException? exception) { }
}
