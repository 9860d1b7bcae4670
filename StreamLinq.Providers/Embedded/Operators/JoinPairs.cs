// What a join asks of pairs beyond their keys and times. A pair for which the condition throws fails the query, or is told and counts as no match: which of its rows came first makes no difference.
namespace StreamLinq.Embedded;

internal sealed class JoinPairs<TOwn, TOther>(string origin, JoinCondition<TOwn, TOther>? condition, StageContext context)
{
    /// <summary>As the place of a row: errors are not told, because they were before.</summary>
    internal const int Told = -1;

    internal bool HasCondition => condition is not null;

    /// <param name="own">The row at hand.</param>
    /// <param name="other">Its partner.</param>
    /// <param name="place">The number of the row at hand, for errors.</param>
    internal bool Match(ref TOwn own, ref TOther other, int place)
    {
        try
        {
            return condition!(ref own, ref other);
        }
        catch (Exception error)
        {
            if (place == Told) return false;
            var failure = new RowFailureException(origin, context.Place, context.RowBase + place, error);
            if (context.OnRowError == RowErrorPolicy.Fail) throw failure;
            context.RowErrors++;
            context.FirstRowError ??= failure;
            return false;
        }
    }
}
