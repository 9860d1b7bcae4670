// EmitOnUpdate: results of windows while they are open. What was final becomes a table.
namespace StreamLinq;

public static partial class StreamQueryable
{
    /// <summary>Shows the results of windows as they change, from the first row on, instead of once: grouped, the query is a table.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="source">Rows in windows.</param>
    /// <exception cref="ArgumentNullException"><paramref name="source"/> is null.</exception>
    public static IStreamQueryable<T, UpdatingWindowed> EmitOnUpdate<T>(this IStreamQueryable<T, Windowed> source) =>
        Operator.Call(EmitOnUpdate<T>, source);
}
