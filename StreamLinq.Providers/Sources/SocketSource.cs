// Lines of UTF-8 from a TCP connection. What was received is gone for the peer, so this source cannot replay.
using System.Net.Sockets;
using System.Text;
using System.Text.Unicode;
using Microsoft.Extensions.Logging;

namespace StreamLinq.Sources;

internal sealed class SocketSource : IStreamSource<TextLine>
{
    private readonly string _host;
    private readonly int _port;
    private readonly SocketOptions _options;

    internal SocketSource(string host, int port, SocketOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        options.Validate();
        (_host, _port, _options) = (host, port, options);
    }

    public string Description => $"socket {_host}:{_port}";

    public bool IsReplayable => false;

    public async ValueTask<IStreamReader<TextLine>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        var receiver = new Receiver(_host, _port, _options, context.TimeProvider);
        try
        {
            await receiver.ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            throw SourceErrors.NoConnection($"{_host}:{_port}", e);
        }

        return new BufferedReader<TextLine>(Description, context, _options.BufferedLines, receiver);
    }

    private sealed class Receiver(string host, int port, SocketOptions options, TimeProvider clock) : RowReceiver<TextLine>
    {
        private readonly string _origin = $"{host}:{port}";
        private TcpClient? _client;
        private long _lines;
        private long _rejected;

        internal override long Rejected => Volatile.Read(ref _rejected);

        internal async ValueTask ConnectAsync(CancellationToken cancellationToken)
        {
            var client = new TcpClient();
            try
            {
                await client.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                client.Dispose();
                throw;
            }

            _client = client;
        }

        internal override async Task ReceiveAsync(RowBuffer<TextLine> rows, CancellationToken cancellationToken)
        {
            while (true)
            {
                var broken = await ReadConnectionAsync(rows, cancellationToken).ConfigureAwait(false);
                _client!.Dispose();
                if (options.OnClose == SocketClosePolicy.End)
                {
                    if (broken is null) return;
                    throw SourceErrors.Broken(_origin, broken);
                }

                rows.Publish(idle: true);
                await ReconnectAsync(broken, cancellationToken).ConfigureAwait(false);
            }
        }

        internal override ValueTask CloseAsync()
        {
            _client?.Dispose();
            return ValueTask.CompletedTask;
        }

        // Null when the peer closed the connection, else why it broke.
        private async ValueTask<Exception?> ReadConnectionAsync(RowBuffer<TextLine> rows, CancellationToken cancellationToken)
        {
            var splitter = new RecordSplitter(options.MaxLineBytes, lines: _lines);
            var stream = _client!.GetStream();
            Exception? broken = null;
            var first = true;
            for (var open = true; open;)
            {
                try
                {
                    var reading = stream.ReadAsync(splitter.GetMemory(), cancellationToken);
                    if (!reading.IsCompleted) rows.Publish(idle: true);
                    var bytes = await reading.ConfigureAwait(false);
                    splitter.Advance(bytes);
                    open = bytes > 0;
                }
                catch (IOException e)
                {
                    (broken, open) = (e, false);
                }

                while (splitter.TryRead(final: !open && broken is null, out var record))
                {
                    _lines = splitter.Lines;
                    var reason = Accept(splitter.Bytes(record), record, first, out var row);
                    first = false;
                    if (reason is not null) await RejectAsync(RejectedLine.Of(_origin, record.Line, reason, splitter.Bytes(record)), cancellationToken).ConfigureAwait(false);
                    else if (rows.Add(row!)) await rows.PublishAsync(cancellationToken).ConfigureAwait(false);
                }
            }

            if (broken is not null && splitter.HasRest)
            {
                splitter.TryRead(final: true, out var torn);
                _lines = splitter.Lines;
                await RejectAsync(RejectedLine.Of(_origin, torn.Line, "the connection broke within the line", splitter.Bytes(torn)), cancellationToken).ConfigureAwait(false);
            }

            return broken;
        }

        private string? Accept(ReadOnlySpan<byte> bytes, RecordSlice record, bool first, out TextLine? row)
        {
            row = null;
            if (first && bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
            if (record.Fault == RecordFault.TooLong) return $"the line is longer than {options.MaxLineBytes} bytes";
            if (!Utf8.IsValid(bytes)) return "the line is not UTF-8";
            row = new TextLine(Encoding.UTF8.GetString(bytes), _origin, record.Line, clock.GetUtcNow());
            return null;
        }

        private async ValueTask RejectAsync(RejectedLine line, CancellationToken cancellationToken)
        {
            if (options.OnBadLine == BadLinePolicy.Fail) throw SourceErrors.BadLine(line);
            if (options.Rejects is { } rejects) await rejects(line, cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref _rejected);
        }

        private async ValueTask ReconnectAsync(Exception? broken, CancellationToken cancellationToken)
        {
            if (options.Logger is { } logger) SourceLog.Outage(logger, _origin, broken is null ? "the peer closed it" : broken.Message);
            for (var pause = options.FirstPause; ; pause = pause * 2 < options.LongestPause ? pause * 2 : options.LongestPause)
            {
                await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(false);
                try
                {
                    await ConnectAsync(cancellationToken).ConfigureAwait(false);
                    if (options.Logger is { } log) SourceLog.Reconnected(log, _origin);
                    return;
                }
                catch (SocketException)
                {
                    // Still away: the outage is already logged, the next attempt comes after a longer pause.
                    continue;
                }
            }
        }
    }
}

internal static partial class SourceLog
{
    [LoggerMessage(EventId = 2010, Level = LogLevel.Warning, Message = "The connection to {Origin} is lost ({Reason}); connecting again.")]
    internal static partial void Outage(ILogger logger, string origin, string reason);

    [LoggerMessage(EventId = 2011, Level = LogLevel.Information, Message = "The connection to {Origin} is back.")]
    internal static partial void Reconnected(ILogger logger, string origin);
}
