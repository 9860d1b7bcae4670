// GracePeriod: keeps windows open for stragglers, at the price of later results.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Closes each window that much later than the watermark passes its end. Final results come that much later, too; running results (<c>EmitOnUpdate</c>) keep changing meanwhile.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="source">Rows in windows.</param>
    /// <param name="lateness">How much later, in event time; zero or more. <see cref="TimeSpan.MaxValue"/>: windows never close, nothing is late.</param>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="lateness"/> is negative.</exception>
    public static IStreamQueryable<T, Windowed> GracePeriod<T>(this IStreamQueryable<T, Windowed> source, TimeSpan lateness) =>
        Operator.Call(GracePeriod<T>, source, Durations.NotNegative(lateness, nameof(lateness)));
}
