// One PostgreSQL server for all tests of a run, started by the first that needs it; a schema of its own for each test.
using NUnit.Framework;

namespace StreamLinq.Tests.Databases;

[SetUpFixture]
public sealed class SharedPostgres
{
    private static readonly Lock Starting = new();
    private static Task<PostgresServer>? _server;

    internal static Task<PostgresServer> GetAsync()
    {
        if (PostgresServer.Missing is { } reason) Assert.Ignore(reason);
        lock (Starting) return _server ??= PostgresServer.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_server is not null) await (await _server).DisposeAsync();
    }
}
