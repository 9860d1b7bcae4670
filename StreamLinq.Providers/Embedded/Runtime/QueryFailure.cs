// What is told when a running query fails: the code, what failed, where, and what to do. The original exception is always inside.
namespace StreamLinq.Embedded;

internal static class QueryFailure
{
    /// <summary>A failure of the query's own lambdas and aggregates; null for anything else.</summary>
    internal static StreamingQueryException? Of(Exception error, string where) => error switch
    {
        RowFailureException row => new StreamingQueryException("SLQ2001",
            $"{where}: {row.Message}. Mend the lambda or the data and start again, or set OnRowError = RowErrorPolicy.SkipAndCount to leave such rows out.", row.InnerException),
        AggregateFailureException aggregate => new StreamingQueryException("SLQ2002",
            $"{where}: {aggregate.Message}. Sums are checked: use a wider type, for example Sum(x => (decimal)x.Value); a custom aggregate must not throw.", aggregate.InnerException),
        ProcessorFailureException processor => new StreamingQueryException("SLQ2006",
            $"{where}: {processor.Message}. Nothing of the epoch was committed; mend the processor or the data and start again. Such a row cannot be skipped, because it may have changed state.", processor.InnerException),
        CallFailureException call => new StreamingQueryException("SLQ2007",
            $"{where}: {call.Message}. Nothing of the epoch was committed; it runs again at the next start, and asks again. AsyncOptions.Retries makes a failed call again, and OnRowError = RowErrorPolicy.SkipAndCount leaves such rows out.", call.InnerException),
        _ => null,
    };

    internal static StreamingQueryException InSource(Exception error, string where, ISourceInput source) => error is StreamLinqException known
        ? new StreamingQueryException(known.Code, $"{where}: {Body(known)}", error)
        : new StreamingQueryException("SLQ2003", $"{where}: source '{source.Name}' ({source.Description}) threw {error.GetType().Name} ('{error.Message}'). Nothing of the epoch was committed; it runs again at the next start.", error);

    internal static StreamingQueryException InSink(Exception error, string where, IQueryOutput output) => error is StreamLinqException known
        ? new StreamingQueryException(known.Code, $"{where}: {Body(known)}", error)
        : new StreamingQueryException("SLQ2004", $"{where}: sink '{output.Description}' threw {error.GetType().Name} ('{error.Message}'). The epoch is not committed; it runs again at the next start.", error);

    internal static StreamingQueryException InTime(StreamLinqException error, string where) => new(error.Code, $"{where}: {Body(error)}", error);

    internal static StreamingQueryException InState(Exception error, string where, string? location) => error is StreamLinqException known
        ? new StreamingQueryException(known.Code, $"{where}: {Body(known)}", error)
        : new StreamingQueryException("SLQ2005", $"{where}: the checkpoint in '{location}' could not be written: {error.GetType().Name} ('{error.Message}'). The epoch is not committed; it runs again at the next start.", error);

    private static string Body(StreamLinqException error) =>
        error.Message.StartsWith(error.Code, StringComparison.Ordinal) ? error.Message[(error.Code.Length + 2)..] : error.Message;
}
