// A sample that runs as a process of its own: what it prints, how it ends, and the two ways to end it from outside. Disposing kills it.
using System.Diagnostics;
using System.Text;

namespace StreamLinq.Tests.Samples;

internal sealed class SampleRun : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly Task<string> _output;
    private readonly Task _errorsRead;

    private SampleRun(Process process, bool readOutput)
    {
        _process = process;
        _output = readOutput ? process.StandardOutput.ReadToEndAsync() : Task.FromResult("");
        _errorsRead = ReadErrorsAsync();
    }

    internal string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    internal bool HasExited => _process.HasExited;

    /// <param name="sample">The file in docs/samples.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="readOutput">False: nobody reads what it prints, so that it blocks when the pipe is full.</param>
    internal static async Task<SampleRun> StartAsync(string sample, string folder, IEnumerable<string> args, bool readOutput = true)
    {
        var program = await SampleProgram.BuildAsync(sample);
        var start = new ProcessStartInfo(SampleProgram.Dotnet, [program, .. args]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        return new SampleRun(Process.Start(start)!, readOutput);
    }

    /// <summary>Runs it to its end.</summary>
    internal static async Task<(int Code, string Output, string Errors)> ToEndAsync(string sample, string folder, params string[] args)
    {
        await using var run = await StartAsync(sample, folder, args);
        return await run.EndAsync();
    }

    internal async Task<(int Code, string Output, string Errors)> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Limit);
        await _errorsRead.WaitAsync(Limit);
        return (_process.ExitCode, await _output.WaitAsync(Limit), Errors);
    }

    /// <summary>Waits until it prints, of a run whose output nobody reads.</summary>
    internal async Task FirstOutputAsync()
    {
        var first = new char[1];
        if (await _process.StandardOutput.ReadAsync(first).AsTask().WaitAsync(Limit) == 0) throw new InvalidOperationException($"It has ended without printing anything: {Errors}");
    }

    /// <summary>SIGKILL.</summary>
    internal async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Limit);
    }

    /// <summary>Ctrl+C.</summary>
    internal async Task InterruptAsync()
    {
        using var kill = Process.Start("kill", ["-INT", $"{_process.Id}"]);
        await kill.WaitForExitAsync().WaitAsync(Limit);
    }

    internal static async Task UntilAsync(Func<bool> happened, string what)
    {
        var time = Stopwatch.StartNew();
        while (!happened()) await Task.Delay(time.Elapsed < Limit ? 2 : throw new TimeoutException($"It did not happen within {Limit.TotalSeconds} s: {what}"));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
            lock (_errors) _errors.Append(line).Append('\n');
    }
}
