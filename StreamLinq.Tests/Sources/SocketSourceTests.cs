// The socket source against a server on the loopback interface.
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace StreamLinq.Tests.Sources;

public sealed class SocketSourceTests
{
    private TcpListener _server = null!;

    private int Port => ((IPEndPoint)_server.LocalEndpoint).Port;

    [SetUp]
    public void SetUp()
    {
        _server = new TcpListener(IPAddress.Loopback, 0);
        _server.Start();
    }

    [TearDown]
    public void TearDown() => _server.Dispose();

    [Test]
    public async Task Lines_come_as_they_are_sent_and_the_end_of_the_connection_ends_the_input()
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch.AddDays(1));
        await using var reading = await OpenAsync(new SocketOptions { OnClose = SocketClosePolicy.End }, clock);
        using (var peer = await _server.AcceptTcpClientAsync())
        {
            await SendAsync(peer, "\uFEFFone\r");
            Assert.That(await reading.TakeAsync(1), Is.EqualTo(new[] { new TextLine("one", $"127.0.0.1:{Port}", 1, clock.Now) }));
            await SendAsync(peer, "\ntwo\n\nla");
            Assert.That((await reading.TakeAsync(2)).Select(l => (l.Text, l.Number)), Is.EqualTo(new[] { ("two", 2L), ("", 3L) }));
            await SendAsync(peer, "st");
        }

        Assert.That((await reading.TakeAsync()).Select(l => (l.Text, l.Number)), Is.EqualTo(new[] { ("last", 4L) }));
        Assert.That(reading.IsEnd);
    }

    [Test]
    public async Task After_an_outage_it_connects_again_and_logs_it_once()
    {
        var log = new ListLogger();
        await using var reading = await OpenAsync(new SocketOptions { FirstPause = TimeSpan.FromMilliseconds(5), Logger = log });
        var port = Port;
        using (var peer = await _server.AcceptTcpClientAsync()) await SendAsync(peer, "one\ntwo");
        _server.Dispose();
        Assert.That((await reading.TakeAsync(2)).Select(l => l.Text), Is.EqualTo(new[] { "one", "two" }));
        await Task.Delay(100);
        _server = new TcpListener(IPAddress.Loopback, port);
        _server.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _server.Start();
        using (var peer = await _server.AcceptTcpClientAsync()) await SendAsync(peer, "three\n");
        Assert.That((await reading.TakeAsync(1)).Select(l => (l.Text, l.Number)), Is.EqualTo(new[] { ("three", 3L) }));
        Assert.That(log.Lines.Count(l => l == $"Warning The connection to 127.0.0.1:{port} is lost (the peer closed it); connecting again."), Is.InRange(1, 2));
        Assert.That(log.Lines[1], Is.EqualTo($"Information The connection to 127.0.0.1:{port} is back."));
    }

    [Test]
    public async Task A_connection_that_breaks_within_a_line_gives_the_line_as_a_reject()
    {
        await using var reading = await OpenAsync(new SocketOptions { OnClose = SocketClosePolicy.End });
        using (var peer = await _server.AcceptTcpClientAsync())
        {
            await SendAsync(peer, "one\ntw");
            Assert.That(await reading.TakeAsync(1), Has.Count.EqualTo(1));
            peer.LingerState = new LingerOption(true, 0);
            peer.Client.Dispose(); // A reset: disposing the client would shut the connection down first.
        }

        Assert.That((await Sources.ErrorAsync(() => reading.TakeAsync(1))).Message, Does.StartWith($"SLQ2014: 127.0.0.1:{Port}, line 2: the connection broke within the line. It begins with: \"tw\"."));
    }

    [Test]
    public async Task A_connection_that_breaks_between_lines_is_an_error_where_the_input_should_end()
    {
        await using var reading = await OpenAsync(new SocketOptions { OnClose = SocketClosePolicy.End });
        using (var peer = await _server.AcceptTcpClientAsync())
        {
            await SendAsync(peer, "one\n");
            Assert.That(await reading.TakeAsync(1), Has.Count.EqualTo(1));
            peer.LingerState = new LingerOption(true, 0);
            peer.Client.Dispose(); // A reset: disposing the client would shut the connection down first.
        }

        Assert.That((await Sources.ErrorAsync(() => reading.TakeAsync(1))).Message, Does.StartWith($"SLQ2018: the connection to 127.0.0.1:{Port} broke: "));
    }

    [Test]
    public async Task Bad_lines_are_skipped_and_counted()
    {
        var rejects = new List<string>();
        var options = new SocketOptions { OnClose = SocketClosePolicy.End, OnBadLine = BadLinePolicy.SkipAndCount, MaxLineBytes = 3, Rejects = (r, _) => { rejects.Add(r.Reason); return default; } };
        await using var reading = await OpenAsync(options);
        using (var peer = await _server.AcceptTcpClientAsync()) await peer.GetStream().WriteAsync(new byte[] { (byte)'a', 10, 0xC3, 10, 50, 50, 50, 50, 10, (byte)'b' });
        Assert.That((await reading.TakeAsync()).Select(l => l.Text), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(rejects, Is.EqualTo(new[] { "the line is not UTF-8", "the line is longer than 3 bytes" }));
        Assert.That(((ISourceCounters)reading.Reader).RejectedRows, Is.EqualTo(2));
    }

    [Test]
    public async Task The_first_connection_must_succeed()
    {
        var port = Port;
        _server.Dispose();
        var error = await Sources.ErrorAsync(() => Reading<TextLine>.OpenAsync(Sources.Of(StreamSource.Socket("127.0.0.1", port))));
        Assert.That(error.Message, Does.StartWith($"SLQ2017: cannot connect to 127.0.0.1:{port}: "));
    }

    [Test]
    public async Task A_slow_query_makes_the_peer_wait_and_loses_nothing()
    {
        await using var reading = await OpenAsync(new SocketOptions { OnClose = SocketClosePolicy.End, BufferedLines = 10 });
        var sending = Task.Run(async () =>
        {
            using var peer = await _server.AcceptTcpClientAsync();
            await SendAsync(peer, string.Concat(Enumerable.Range(1, 50_000).Select(i => i + "\n")));
        });
        Assert.That((await reading.TakeAsync()).Select(l => l.Text), Is.EqualTo(Enumerable.Range(1, 50_000).Select(i => i.ToString())));
        await sending;
    }

    [Test]
    public void It_says_that_it_cannot_replay() => Assert.That(Sources.Of(StreamSource.Socket("h", 1)).IsReplayable, Is.False);

    private Task<Reading<TextLine>> OpenAsync(SocketOptions options, TimeProvider? clock = null) =>
        Reading<TextLine>.OpenAsync(Sources.Of(StreamSource.Socket("127.0.0.1", Port, options)), null, clock);

    private static async Task SendAsync(TcpClient peer, string text)
    {
        peer.NoDelay = true;
        await peer.GetStream().WriteAsync(new UTF8Encoding(false).GetBytes(text));
    }

    private sealed class ListLogger : ILogger
    {
        internal List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Lines) Lines.Add($"{logLevel} {formatter(state, exception)}");
        }
    }
}
