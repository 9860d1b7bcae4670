// What cannot be written or read as it stands. As Queries/Unsupported.cs; priorities count within one class, so these stand beside the legal WriteTo.
using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace StreamLinq;

public static partial class StreamOutputs
{
    private const string NeedsMode = "a table changes, so say how: WriteTo(sink, OutputMode.Update), OutputMode.Complete or OutputMode.Changelog.";
    private const string NeedsTableMode = "a table changes, so it cannot be appended: write it with OutputMode.Update, Complete or Changelog, or use a window for results that are final.";
    private const string NoMode = "a stream only gains rows: use OutputMode.Append or leave the mode out; Update would be the same. For running results of a window call EmitOnUpdate() after Window.";
    private const string Rewindow = "rows in a window are not a result yet: group or join them, then write the result.";
    private const string TableOut = "a table changes: read its changes with ToChanges().ToAsyncEnumerable(engine).";

    // Nobody gets here: the compiler refuses the call. Reflection could.
    private static NotSupportedException Refusal => new("Refused by the compiler: see docs/errors.md.");

    /// <summary>Refused by the compiler, SLQ0008.</summary>
    [Obsolete(NeedsMode, true, DiagnosticId = "SLQ0008", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Table> table, IStreamSink<T> sink) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0008.</summary>
    [Obsolete(NeedsMode, true, DiagnosticId = "SLQ0008", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Table> table, IStreamSinkFactory sink) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0008.</summary>
    [Obsolete(NeedsMode, true, DiagnosticId = "SLQ0008", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Table> table, Func<SinkBatch<T>, CancellationToken, ValueTask> write) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0009.</summary>
    [Obsolete(NeedsTableMode, true, DiagnosticId = "SLQ0009", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Table> table, IStreamSink<T> sink, AppendMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0009.</summary>
    [Obsolete(NeedsTableMode, true, DiagnosticId = "SLQ0009", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Table> table, IStreamSinkFactory sink, AppendMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0009.</summary>
    [Obsolete(NeedsTableMode, true, DiagnosticId = "SLQ0009", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Table> table, Func<SinkBatch<T>, CancellationToken, ValueTask> write, AppendMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0009.</summary>
    [Obsolete(NoMode, true, DiagnosticId = "SLQ0009", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, AppendOnly> stream, IStreamSink<T> sink, OutputMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0009.</summary>
    [Obsolete(NoMode, true, DiagnosticId = "SLQ0009", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, AppendOnly> stream, IStreamSinkFactory sink, OutputMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0009.</summary>
    [Obsolete(NoMode, true, DiagnosticId = "SLQ0009", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, AppendOnly> stream, Func<SinkBatch<T>, CancellationToken, ValueTask> write, OutputMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Windowed> rows, IStreamSink<T> sink) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Windowed> rows, IStreamSinkFactory sink) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Windowed> rows, Func<SinkBatch<T>, CancellationToken, ValueTask> write) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Windowed> rows, IStreamSink<T> sink, OutputMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Windowed> rows, IStreamSinkFactory sink, OutputMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Windowed> rows, Func<SinkBatch<T>, CancellationToken, ValueTask> write, OutputMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Windowed> rows, IStreamSink<T> sink, AppendMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Windowed> rows, IStreamSinkFactory sink, AppendMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, Windowed> rows, Func<SinkBatch<T>, CancellationToken, ValueTask> write, AppendMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, UpdatingWindowed> rows, IStreamSink<T> sink) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, UpdatingWindowed> rows, IStreamSinkFactory sink) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, UpdatingWindowed> rows, Func<SinkBatch<T>, CancellationToken, ValueTask> write) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, UpdatingWindowed> rows, IStreamSink<T> sink, OutputMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, UpdatingWindowed> rows, IStreamSinkFactory sink, OutputMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, UpdatingWindowed> rows, Func<SinkBatch<T>, CancellationToken, ValueTask> write, OutputMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, UpdatingWindowed> rows, IStreamSink<T> sink, AppendMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, UpdatingWindowed> rows, IStreamSinkFactory sink, AppendMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0010.</summary>
    [Obsolete(Rewindow, true, DiagnosticId = "SLQ0010", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static StreamOutput WriteTo<T>(this IStreamQueryable<T, UpdatingWindowed> rows, Func<SinkBatch<T>, CancellationToken, ValueTask> write, AppendMode mode) => throw Refusal;

    /// <summary>Refused by the compiler, SLQ0012.</summary>
    [Obsolete(TableOut, true, DiagnosticId = "SLQ0012", UrlFormat = Diagnostics.Url), OverloadResolutionPriority(-1), EditorBrowsable(EditorBrowsableState.Never)]
    public static IAsyncEnumerable<T> ToAsyncEnumerable<T>(this IStreamQueryable<T, Table> query, IStreamEngine engine, StreamingQueryOptions? options = null) => throw Refusal;
}
