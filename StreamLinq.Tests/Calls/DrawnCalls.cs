// Makes each row of itself, by a call elsewhere or at once: a query with the one must give what the query with the other gives. Rows with one number may fail for each other, so there are many tries.
using StreamLinq.Tests.Joins;
using StreamLinq.Tests.Windows;

namespace StreamLinq.Tests.Calls;

internal sealed class DrawnCalls(FlakyService? service, JoinRun run)
{
    internal IStreamQueryable<Click, P> Of<P>(IStreamQueryable<Click, P> rows) where P : AppendOnly => service is null
        ? rows.Select(c => new Click(c.Id + 1, c.Page, c.Value, c.At, c.Gap))
        : rows.SelectAsync((c, _) => service.AnswerAsync(c.Id, c with { Id = c.Id + 1 }), new AsyncOptions { MaxConcurrency = 1 + run.Condition, Retries = run.Keys * 50 });
}
