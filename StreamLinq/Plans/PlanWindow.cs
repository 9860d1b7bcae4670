// The windows of a group-by, or of rows that were late for them. Part of a node and not a node: a row in several windows is still one row until it is grouped.
namespace StreamLinq;

/// <summary>How rows are put into windows, and when those close. Exactly one of <see cref="Windowing"/>, <see cref="Carried"/> and <see cref="Gap"/> is set.</summary>
/// <param name="Windowing">Which windows a time belongs to.</param>
/// <param name="Carried">The column with the window that a row brings from the window it was computed in.</param>
/// <param name="Gap">The column with the row's own session gap.</param>
/// <param name="Time">The column with the row's time.</param>
/// <param name="Grace">How much longer a window stays open; <see cref="TimeSpan.MaxValue"/>: for ever.</param>
/// <param name="EmitsUpdates">Whether results are shown while windows are open, which makes a table of them.</param>
public sealed record PlanWindow(Windowing? Windowing, PlanColumn? Carried, PlanColumn? Gap, PlanColumn Time, TimeSpan Grace, bool EmitsUpdates)
{
    /// <summary>Whether the windows are sessions.</summary>
    public bool IsSession => Gap is not null || Windowing is SessionWindowing;

    internal IEnumerable<PlanColumn> Columns => new[] { Carried, Gap, Time }.OfType<PlanColumn>();

    /// <inheritdoc />
    public override string ToString() =>
        (Windowing?.ToString() ?? (Carried is not null ? $"the window {Carried.Name}" : $"Session({Gap!.Name})"))
        + $" on {Time.Name}"
        + (Grace == TimeSpan.Zero ? "" : Grace == TimeSpan.MaxValue ? ", never closed" : $", grace {Durations.Text(Grace)}")
        + (EmitsUpdates ? ", shown while open" : "");
}
