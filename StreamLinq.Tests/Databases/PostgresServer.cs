// A PostgreSQL server of the tests' own: Debian's program, a new data folder, a socket in it instead of a port, and not as root, which the program refuses. It ends with the process that started it.
using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace StreamLinq.Tests.Databases;

internal sealed class PostgresServer : IAsyncDisposable
{
    // The server lives as long as somebody holds the shell's input open: also a test run that is killed leaves none behind.
    private const string WhileInputIsOpen = "\"$0\" \"$@\" >>log 2>&1 & server=$!; cat >/dev/null; kill -INT $server 2>/dev/null; wait $server";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private Process? _shell;

    private PostgresServer(string folder) => _folder = folder;

    /// <summary>Why there is none; null if there is.</summary>
    internal static string? Missing { get; } = Programs() is null ? "PostgreSQL is absent: install Debian's package postgresql"
        : Environment.IsPrivilegedProcess && !File.ReadLines("/etc/passwd").Any(l => l.StartsWith("postgres:", StringComparison.Ordinal)) ? "there is no user postgres, and PostgreSQL does not run as root"
        : null;

    internal string ConnectionString(string schema, string zone = "UTC") =>
        $"Host={_folder};Username=tests;Database=postgres;Search Path={schema};Timezone={zone};Include Error Detail=true;Timeout=10";

    internal static async Task<PostgresServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("streamlinq-pg-").FullName;
        var server = new PostgresServer(folder);
        try
        {
            if (Environment.IsPrivilegedProcess) await RunAsync(Path.GetTempPath(), "chown", "postgres", folder);
            await RunAsync(folder, [.. NotAsRoot, Path.Combine(Programs()!, "initdb"), "-D", "data", "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
            await server.GoAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it again after <see cref="CrashAsync"/>.</summary>
    internal async Task GoAsync()
    {
        _shell = Start(_folder, [.. NotAsRoot, "sh", "-c", WhileInputIsOpen, Path.Combine(Programs()!, "postgres"), "-D", Path.Combine(_folder, "data"), "-k", _folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB"]);
        var started = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("public") + ";Pooling=false");
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (started.Elapsed < Limit)
            {
                await Task.Delay(20);
            }
        }
    }

    /// <summary>Ends it as a crash does: no connection is told, nothing is written, the next start recovers from the log.</summary>
    internal async Task CrashAsync()
    {
        var file = Path.Combine(_folder, "data", "postmaster.pid");
        var server = int.Parse((await File.ReadAllLinesAsync(file))[0], CultureInfo.InvariantCulture);
        await RunAsync(_folder, "kill", "-QUIT", server.ToString(CultureInfo.InvariantCulture));
        for (var started = Stopwatch.StartNew(); File.Exists(file) && started.Elapsed < Limit;) await Task.Delay(10);
        await StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StopAsync()
    {
        if (_shell is not { } shell) return;
        _shell = null;
        using (shell)
        {
            shell.StandardInput.Close();
            await shell.WaitForExitAsync().WaitAsync(Limit);
        }
    }

    private static string[] NotAsRoot => Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];

    private static string? Programs() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).Where(d => File.Exists(Path.Combine(d, "initdb")) && File.Exists(Path.Combine(d, "postgres")))
            .OrderBy(d => d.Length).ThenBy(d => d, StringComparer.Ordinal).LastOrDefault()
        : null;

    private static Process Start(string folder, string[] command) =>
        Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static async Task RunAsync(string folder, params string[] command)
    {
        using var process = Start(folder, command);
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Limit);
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', command)}: {await output} {await errors}");
    }
}
