// The broker of these tests: one per run, in a folder and at a port of its own, or the one that STREAMLINQ_TEST_KAFKA names. Without either the tests are skipped and say why.
using System.Diagnostics;
using NUnit.Framework;
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.Kafka;

[SetUpFixture]
public sealed class Broker
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static string _folder = "";
    private static string _script = "";
    private static string _address = "";
    private static string? _absence;

    internal static string Address
    {
        get
        {
            if (_absence is not null) Assert.Ignore(_absence);
            return _address;
        }
    }

    [OneTimeSetUp]
    public async Task Start()
    {
        if (Environment.GetEnvironmentVariable("STREAMLINQ_TEST_KAFKA") is { Length: > 0 } given)
        {
            _address = given;
            return;
        }

        _script = Path.Combine(Path.GetDirectoryName(Repository.Root)!, "shared", "kafka", "kafka.sh");
        if (!File.Exists(_script))
        {
            _absence = "no Kafka: ../shared/kafka/kafka.sh is absent, and STREAMLINQ_TEST_KAFKA=host:port names no broker";
            return;
        }

        if (!Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "java"))))
        {
            _absence = "no Kafka: there is no java on the PATH, and STREAMLINQ_TEST_KAFKA=host:port names no broker";
            return;
        }

        _folder = Directory.CreateTempSubdirectory("streamlinq-kafka-").FullName;
        Watch();
        _address = await RunAsync("start");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_folder.Length == 0) return;
        await RunAsync("kill");
        Directory.Delete(_folder, recursive: true);
        _folder = "";
    }

    /// <summary>SIGKILL.</summary>
    internal static Task KillAsync()
    {
        _ = Address;
        if (_folder.Length == 0) Assert.Ignore("a broker that others use is not killed");
        return RunAsync("kill");
    }

    /// <summary>Starts it again, with its data, at its port.</summary>
    internal static Task RestartAsync() => RunAsync("start");

    private static async Task<string> RunAsync(string command)
    {
        var start = new ProcessStartInfo("bash", [_script, command, _folder]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Limit);
        return process.ExitCode == 0 ? (await output.WaitAsync(Limit)).Trim() : throw new InvalidOperationException($"kafka.sh {command}: {await errors.WaitAsync(Limit)}");
    }

    // A test run that is cut short, by SIGKILL too, leaves no broker behind: a shell waits for its end.
    private static void Watch()
    {
        const string Script = """exec >/dev/null 2>&1 </dev/null; while kill -0 "$0"; do sleep 1; done; [ ! -d "$2" ] || { bash "$1" kill "$2"; rm -rf "$2"; }""";
        using var watch = Process.Start(new ProcessStartInfo("bash", ["-c", Script, $"{Environment.ProcessId}", _script, _folder]) { UseShellExecute = false })!;
    }
}
