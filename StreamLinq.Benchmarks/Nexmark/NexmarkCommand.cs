// `nexmark`: runs queries of Nexmark over a file of events and leaves the result of each in a file.
using System.Diagnostics;
using System.Globalization;

namespace StreamLinq.Benchmarks.Nexmark;

public sealed class NexmarkCommand
{
    private NexmarkQuery[] _queries = [];
    private string? _events, _sideInput, _output, _checkpoint, _workers;

    public static string Usage { get; } = $"""
        nexmark QUERY|all --events FILE.jsonl[.gz] --output DIR [--side-input FILE.csv] [--checkpoint DIR] [--workers N]
              Runs a query of Nexmark, or all there are, to the end of the events and writes DIR/QUERY.jsonl: the rows of a stream, the
              last rows of a table. With --checkpoint the state of QUERY is kept in DIR/QUERY, and a run that was cut short goes on there,
              with any number of workers. Without --workers there is one.
              Without --side-input, q13 is left out of 'all'.
              Queries: {string.Join(", ", NexmarkQuery.All.Select(q => q.Name))}.
        """;

    /// <summary>Handles the arguments after `nexmark`. 0: done; 1: a query failed, and the others ran, or it was cancelled; 2: the arguments are wrong.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        var command = new NexmarkCommand();
        if (command.Read(arguments) is { } wrong)
        {
            await errors.WriteLineAsync($"{wrong}\n\n{Usage}");
            return 2;
        }

        var code = 0;
        foreach (var query in command._queries)
        {
            if (query.ReadsSideInput && command._sideInput is null)
            {
                await errors.WriteLineAsync($"{query.Name}: left out, it needs --side-input FILE.");
                continue;
            }

            try
            {
                await command.RunAsync(query, output, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return 1;
            }
            catch (Exception failure) when (failure is StreamLinqException or IOException or UnauthorizedAccessException)
            {
                await errors.WriteLineAsync($"{query.Name}: {failure.Message}");
                code = 1;
            }
        }

        return code;
    }

    // What is wrong with the arguments; null if nothing is.
    private string? Read(string[] arguments)
    {
        if (arguments is not [var name, ..]) return "Which query?";
        _queries = [.. NexmarkQuery.All.Where(q => name == "all" || q.Name == name)];
        if (_queries.Length == 0) return $"There is no query '{name}'.";
        for (var i = 1; i < arguments.Length; i += 2)
        {
            ref var value = ref _events;
            switch (arguments[i])
            {
                case "--events": break;
                case "--side-input": value = ref _sideInput; break;
                case "--output": value = ref _output; break;
                case "--checkpoint": value = ref _checkpoint; break;
                case "--workers": value = ref _workers; break;
                default: return $"nexmark does not know '{arguments[i]}'.";
            }

            if (i + 1 == arguments.Length || arguments[i + 1].Length == 0) return $"{arguments[i]} needs a value.";
            if (value is not null) return $"{arguments[i]} is there twice.";
            value = arguments[i + 1];
        }

        if (_events is null) return "--events FILE is missing.";
        if (_output is null) return "--output DIR is missing.";
        if (!(_workers is null || (int.TryParse(_workers, CultureInfo.InvariantCulture, out var workers) && workers > 0))) return $"'{_workers}' is no number of workers.";
        if (!File.Exists(_events)) return $"There is no file {_events}.";
        if (_sideInput is null && name != "all" && _queries[0].ReadsSideInput) return $"--side-input FILE is missing: {name} joins the events with it.";
        return _sideInput is null || File.Exists(_sideInput) ? null : $"There is no file {_sideInput}.";
    }

    private async Task RunAsync(NexmarkQuery query, TextWriter output, CancellationToken cancellationToken)
    {
        var checkpoint = _checkpoint is null ? null : Path.Combine(_checkpoint, query.Name);
        Directory.CreateDirectory(_output!);
        if (!Directory.Exists(checkpoint)) RemoveResult(query.Name);
        var clock = query.Clock ? new LineClock() : null;
        var streams = new Streams(new EventSource(_events!, clock).AsStreamQueryable("events")) { SideInput = query.ReadsSideInput ? Q13.Read(_sideInput!) : [] };
        var options = new StreamingQueryOptions
        {
            Name = query.Name,
            CheckpointLocation = checkpoint,
            MaxRowsPerEpoch = query.RowsPerEpoch,

            // A table is written anew in each epoch that changed it; few epochs are enough where only the last counts.
            MaxLatency = query.RowsPerEpoch is null ? TimeSpan.FromSeconds(query.IsTable ? 4 : 0.4) : Timeout.InfiniteTimeSpan,
        };

        await using var engine = new StreamEngine(new StreamEngineOptions { TimeProvider = clock ?? TimeProvider.System, Workers = int.Parse(_workers ?? "1", CultureInfo.InvariantCulture) });
        var rows = new InputRows();
        using var listening = engine.AddListener(rows);
        var started = Stopwatch.GetTimestamp();
        await engine.RunAsync(query.Outputs(streams, _output!), options, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;

        // A stream without rows has written nothing, not even a file.
        await using (new FileStream(ResultOf(query.Name), FileMode.OpenOrCreate)) await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{query.Name}: {rows.Count} events in {seconds:F2} s"));
        cancellationToken.ThrowIfCancellationRequested();
    }

    private string ResultOf(string query) => Path.Combine(_output!, query + ".jsonl");

    // File sinks append to what is there: a run that does not go on from a checkpoint begins with nothing.
    private void RemoveResult(string query)
    {
        File.Delete(ResultOf(query));
        File.Delete(ResultOf(query) + ".epochs");
        var folder = Path.Combine(_output!, query);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    private sealed class InputRows : IStreamingQueryListener
    {
        internal long Count { get; private set; }

        public void OnProgress(StreamingQuery query, StreamingQueryProgress progress) => Count += progress.InputRows;
    }
}
