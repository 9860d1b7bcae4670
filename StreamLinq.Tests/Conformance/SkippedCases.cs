// The one list of cases that are not run, each line with its reason. A line names a tag of the files ("#join"), the beginning of ids ("flink/*") or one id; the first that fits a case is its reason.
namespace StreamLinq.Tests.Conformance;

internal static class SkippedCases
{
    private const string AtOnce = "Spark hands a function all rows of a key in an epoch at once; a processor gets them one by one, and what it says does not depend on how the input is cut into epochs";
    private const string OneTimeout = "Spark's group state has one timeout, which writing and removing the state may clear; a processor has any number of timers per key, which are no part of its state";

    private const string OneWatermark = "a join of streams that is bounded by time needs event time on both sides: it says so when it is compiled";

    internal static readonly (string Line, string Reason)[] All =
    [
        ("spark/EventTimeWatermark/delay-month-length", "delays are of a fixed length here: there are no months to convert"),
        ("spark/EventTimeWatermark/no-data-epochs-off", "epochs without data are part of when results come out and cannot be turned off"),
        ("spark/EventTimeWatermark/policy-recovered-from-checkpoint", "the watermark of several inputs is their minimum; a maximum is not offered, because it loses rows"),
        ("spark/EventTimeWatermark/redefine-watermark-compat", "event time is set once (SLQ1012); the case is about a compatibility mode of Spark"),
        ("spark/StreamingSessionWindow/global-key-*", "Spark refuses it; here a session needs no key, as in arroyo/smoke/session-global"),
        ("spark/StreamingSessionWindow/update-rejected", "Spark refuses it; here a session that is shown as it grows is taken back and sent anew, as in feldera/StreamingTests/session-lateness"),
        ("spark/StreamingDeduplicationWithinWatermark/batch-rejected", "Spark refuses it; here a bounded input is a stream that ends, and is accepted"),
        ("spark/StreamingDeduplicationWithinWatermark/schema-evolution", "the query itself changes over its restart, which the harness does not do"),
        ("flink/WindowOperatorTest/window-end-overflow", "a time is a DateTimeOffset, which ends with the year 9999: the time of the case does not exist here"),
        ("#allowedlateness", "a window gives its result once: a grace period puts the final result off, it does not give another one"),
        ("#groupingsets", "grouping sets: not part of the language"),
        ("#buffering", "rows held back until event time has passed them: not part of the language"),
        ("spark/StreamingJoin/inner-window-one-watermark", OneWatermark),
        ("spark/UnsupportedOperations/left-outer-key-watermark", OneWatermark),
        ("spark/UnsupportedOperations/right-outer-key-watermark", OneWatermark),
        ("spark/UnsupportedOperations/left-semi-key-watermark", OneWatermark),
        ("spark/UnsupportedOperations/left-outer-range-watermark", OneWatermark),
        ("spark/UnsupportedOperations/full-outer-range-watermark", OneWatermark),
        ("spark/MultiStatefulOperators/interval-output-watermark", "the watermark behind a join is no number that a user sees; here it is held back by the bound, without the millisecond"),
        ("flink/IntervalJoinITCase/left-outer-empty-interval", "a stretch of time that nothing can be in is refused where it is written"),
        ("#statemachine", OneTimeout),
        ("#initialstate", "initial state of a processor: not part of the language"),
        ("spark/FlatMapGroupsWithState/map-batch", AtOnce),
        ("spark/TransformWithState/event-time-timer", AtOnce),
        ("spark/TransformWithStateChaining/missing-event-time-then-window", "a processor's rows have the time of the row or timer they were given in, so there is always a time to go on with"),
        ("spark/UnsupportedOperations/map-state-append", "Spark has two forms of the function and refuses one; here there is one form, whose rows are a stream"),
        ("#pattern", "row patterns: not run by this version"),
        ("#reorder", "sorting a stream by event time, key by key: not part of the language"),
        ("spark/UnsupportedOperations/nonagg-update", "Spark accepts Update of a stream; here a stream has no mode but Append and Update does not compile (SLQ0009)"),
        ("spark/UnsupportedOperations/distinct-agg", "Spark refuses it; CountDistinct is exact here and accepted, as the case's notes allow"),
        ("spark/UnsupportedOperations/dedup-after-agg-complete", "Spark refuses it; here Distinct of a table is itself a table and stays right when rows are taken back"),
        ("spark/UnsupportedOperations/sample", "the language has no sampling, so there is nothing to refuse"),
    ];

    internal static bool Fits(string line, ConformanceCase item) =>
        line.StartsWith('#') ? item.Features.Contains(line[1..]) : line.EndsWith('*') ? item.Id.StartsWith(line[..^1], StringComparison.Ordinal) : item.Id == line;
}
