// A logger provider that keeps what was logged, with the scopes it was logged in.
using Microsoft.Extensions.Logging;

namespace StreamLinq.Tests.Hosting;

internal sealed record LogEntry(int Id, LogLevel Level, string Text, IReadOnlyList<KeyValuePair<string, object?>> Scope);

internal sealed class CapturedLog : ILoggerProvider, ISupportExternalScope
{
    private readonly List<LogEntry> _entries = [];
    private IExternalScopeProvider? _scopes;

    internal IReadOnlyList<LogEntry> Entries
    {
        get
        {
            lock (_entries) return [.. _entries];
        }
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose() { }

    private sealed class Logger(CapturedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => category == "StreamLinq";

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (category != "StreamLinq") return;
            var scope = new List<KeyValuePair<string, object?>>();
            log._scopes?.ForEachScope((value, list) => list.AddRange(value as IEnumerable<KeyValuePair<string, object?>> ?? []), scope);
            lock (log._entries) log._entries.Add(new LogEntry(eventId.Id, logLevel, formatter(state, exception), scope));
        }
    }
}
