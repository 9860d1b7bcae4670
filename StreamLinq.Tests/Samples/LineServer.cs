// The server of a socket test: says what it likes to the program that has connected.
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace StreamLinq.Tests.Samples;

internal sealed class LineServer : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private TcpClient? _client;

    internal LineServer() => _listener.Start();

    internal string Address => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    internal async Task AcceptAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        _client = await _listener.AcceptTcpClientAsync(limit.Token);
        _client.NoDelay = true;
    }

    internal async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var limit = new CancellationTokenSource(Limit);
        await _client!.GetStream().WriteAsync(bytes, limit.Token);
    }

    internal Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Closes the connection as a server does that has said everything.</summary>
    internal void HangUp()
    {
        _client!.Client.Shutdown(SocketShutdown.Send);
        _client.Dispose();
    }

    public void Dispose()
    {
        _client?.Dispose();
        _listener.Dispose();
    }
}
