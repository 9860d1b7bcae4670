// The texts of what the binder refuses, in one place: what failed, where in the query, what to write instead.
using System.Linq.Expressions;

namespace StreamLinq;

internal static class Errors
{
    internal static QueryTranslationException Impure(MethodCallExpression call, string member) => new("SLQ1001",
        $"{Where(call)} reads {member}, which would be another value when an epoch runs again after a crash. Use a member of the row, or WithProcessingTime() for the clock of the epoch.", call);

    internal static QueryTranslationException GroupEscapes(Expression node, string place) => new("SLQ1002",
        $"a group of rows leaves the query in {place}. A group is not kept as a list: select its key and aggregates, for example new {{ g.Key, Count = g.Count() }}.", node);

    internal static QueryTranslationException MayBeEmpty(MethodCallExpression call, string aggregate, Type type) => new("SLQ1003",
        $"{Where(call)} takes {aggregate} of filtered group rows, of which there may be none, and {TypeText.Name(type)} has no value for that. Make the selector nullable: {aggregate}(x => ({TypeText.Name(type)}?)x.Value).", call);

    internal static QueryTranslationException AggregateInside(MethodCallExpression call, string aggregate) => new("SLQ1004",
        $"{Where(call)} uses another aggregate, or a value computed from the group, inside the lambda of {aggregate}. A lambda on a group's rows may use the row, the key and captured values: compare the aggregates after they are computed.", call);

    internal static QueryTranslationException WindowsDiffer(MethodCallExpression call) => new("SLQ1005",
        $"{Where(call)} brings rows in different windows together. Give both sides the same windows and grace period, or window them after they are merged.", call);

    internal static QueryTranslationException JoinOfSessions(MethodCallExpression call) => new("SLQ1005",
        $"{Where(call)} joins session windows: which session a row is in depends on the other rows of its key, so the two sides have different ones. Join the rows within a stretch of time (Within).", call);

    internal static QueryTranslationException NoCarriedWindow(MethodCallExpression call) => new("SLQ1006",
        $"{Where(call)} does not name a window that the row carries on from a closed one. Select g.Window in the query that is windowed again, or use Window(Windowing).", call);

    internal static QueryTranslationException TimeTwice(MethodCallExpression call) => new("SLQ1012",
        $"{Where(call)} gives a time to rows that have one. Leave out one of the two.", call);

    internal static QueryTranslationException NoValueEquality(MethodCallExpression call, Type type, string why) => new("SLQ1007",
        $"{Where(call)} has a key of {TypeText.Name(type)}, which cannot be one: {why}. Use a record, an anonymous type, a tuple or a primitive.", call);

    internal static QueryTranslationException TakesNothing(MethodCallExpression call, string take, int count) => new("SLQ1018",
        $"{Where(call)} says {take}({count}): the first rows of a group are at least one.", call);

    internal static QueryTranslationException FrameOfNothing(MethodCallExpression call, object preceding) => new("SLQ1018",
        $"{Where(call)} says Over({preceding}): a row stands with none or more of the rows before it.", call);

    internal static QueryTranslationException FrameWithoutTime(MethodCallExpression call) => new("SLQ1019",
        $"{Where(call)} takes rows within a stretch of time, and they are not ordered by time. Order them by a DateTimeOffset first, ascending, or take a number of rows.", call);

    internal static QueryTranslationException ThenByApart(MethodCallExpression call) => new("SLQ1009",
        $"{Where(call)} does not follow an OrderBy directly. Write the orderings one after the other, and Select or Where before or after them.", call);

    internal static QueryTranslationException NameTwice(Expression node, string name) => new("SLQ1013",
        $"two sources of the query are named '{name}'. Offsets are kept under the name: give each source its own.", node);

    internal static QueryTranslationException QueryInside(MethodCallExpression call) => new("SLQ1014",
        $"{Where(call)} uses a query inside a lambda. A lambda sees one row: join the two queries instead.", call);

    internal static QueryTranslationException UnknownOperator(Expression node) => new("SLQ1014",
        $"'{ExpressionText.Of(node)}' is no operator that StreamLinq knows. A query consists of its own operators and the sources of StreamSource.", node);

    internal static StreamLinqException StaticRowsFailed(MethodCallExpression call, Exception failure) => new("SLQ1020",
        $"{Where(call)} could not read its rows that do not change, or the key of one of them: {failure.Message} They are read once, when the query starts: make sure that they are there by then and have keys.", failure);

    internal static QueryTranslationException LookupOfTable(MethodCallExpression call) => new("SLQ1021",
        $"{Where(call)} looks up rows of a table, which can be taken back: the answer may be another one by then, and what is taken back would not be what came. Look up the rows of the stream before they are grouped, or those of ToChanges().", call);

    internal static QueryTranslationException LookupByAnotherKey(MethodCallExpression call, Type asked, Type key) => new("SLQ1022",
        $"{Where(call)} has keys of {TypeText.Name(key)}, and its Lookup is asked by {TypeText.Name(asked)}. Give both the same type, for example with a cast in the key of the left side.", call);

    internal static QueryTranslationException NotYet(MethodCallExpression call, string what) => new("SLQ1100",
        $"{what} is part of the language, but this version does not run it yet (in {ExpressionText.OfOperator(call)}).", call);

    private static string Where(MethodCallExpression call) => ExpressionText.OfOperator(call);
}
