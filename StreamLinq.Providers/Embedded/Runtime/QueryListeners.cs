// The listeners of an engine. One that throws is logged and goes on being called: it must not fail a query.
using Microsoft.Extensions.Logging;

namespace StreamLinq.Embedded;

internal sealed class QueryListeners(ILogger logger)
{
    private IStreamingQueryListener[] _listeners = [];

    internal IDisposable Add(IStreamingQueryListener listener)
    {
        ImmutableUpdate(l => [.. l, listener]);
        return new Subscription(() => ImmutableUpdate(l => [.. l.Where(other => !ReferenceEquals(other, listener))]));
    }

    internal void Tell(Action<IStreamingQueryListener> what)
    {
        foreach (var listener in _listeners)
        {
            try
            {
                what(listener);
            }
            catch (Exception error)
            {
                logger.ListenerFailed(error, listener.GetType().Name);
            }
        }
    }

    private void ImmutableUpdate(Func<IStreamingQueryListener[], IStreamingQueryListener[]> change)
    {
        IStreamingQueryListener[] before;
        do before = _listeners;
        while (Interlocked.CompareExchange(ref _listeners, change(before), before) != before);
    }

    private sealed class Subscription(Action remove) : IDisposable
    {
        private Action? _remove = remove;

        public void Dispose() => Interlocked.Exchange(ref _remove, null)?.Invoke();
    }
}
