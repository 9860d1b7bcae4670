using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace StreamLinq;

// See Queries/Unsupported.cs. Priorities count within one class, so these stand beside the legal WriteTo.
public static partial class StreamOutputs
{
    const string NeedsMode = "a table changes, so say how: WriteTo(sink, OutputMode.Update), OutputMode.Complete or OutputMode.Changelog.";
    const string NeedsTableMode = "a table changes, so it cannot be appended: write it with OutputMode.Update, Complete or Changelog, or use a window for results that are final.";
    const string NoMode = "a stream is always appended: leave the mode out. For running results of a window call EmitOnUpdate() after Window.";
    const string Rewindow = "rows in a window are not a result yet: group or join them, then write the result.";
    const string TableOut = "a table changes: read its changes with ToChanges().ToAsyncEnumerable(engine).";

    [Obsolete(NeedsMode, true, DiagnosticId = "SLQ0008"), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)] public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Table> table, IStreamSink<T> sink) => throw null!;
    [Obsolete(NeedsMode, true, DiagnosticId = "SLQ0008"), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)] public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Table> table, IStreamSinkFactory sink) => throw null!;
    [Obsolete(NoMode, true, DiagnosticId = "SLQ0009"), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)] public static StreamOutput WriteTo<T>(this IStreamQueryable<T, AppendOnly> stream, IStreamSink<T> sink, OutputMode mode) => throw null!;
    [Obsolete(NoMode, true, DiagnosticId = "SLQ0009"), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)] public static StreamOutput WriteTo<T>(this IStreamQueryable<T, AppendOnly> stream, IStreamSinkFactory sink, OutputMode mode) => throw null!;
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010"), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)] public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Windowed> rows, IStreamSink<T> sink) => throw null!;
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010"), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)] public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Windowed> rows, IStreamSinkFactory sink) => throw null!;
    [Obsolete(TableOut, true, DiagnosticId = "SLQ0012"), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)] public static IAsyncEnumerable<T> ToAsyncEnumerable<T>(this IStreamQueryable<T, Table> query, IStreamEngine engine, StreamingQueryOptions? options = null) => throw null!;
    [Obsolete(NeedsTableMode, true, DiagnosticId = "SLQ0009"), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)] public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Table> table, IStreamSink<T> sink, AppendMode mode) => throw null!;
    [Obsolete(NeedsTableMode, true, DiagnosticId = "SLQ0009"), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)] public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Table> table, IStreamSinkFactory sink, AppendMode mode) => throw null!;
}
