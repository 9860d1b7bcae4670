// Without arguments a page of help; `ratios` is the paired runner, `nexmark` runs queries of Nexmark over a file, `nexmark-bench` times them, everything else goes to BenchmarkDotNet.
using BenchmarkDotNet.Running;
using StreamLinq.Benchmarks;
using StreamLinq.Benchmarks.Nexmark;

if (args.Length == 0)
{
    Console.WriteLine($"""
        Benchmarks of StreamLinq. Build for release: dotnet run -c Release --project StreamLinq.Benchmarks -- ...

          ratios [--quick] [--only NAME] [--json FILE] [--plot FILE.svg]
              StreamLinq beside a hand-written loop, taking turns in one process. Some minutes with --quick (2 million rows a time
              instead of 10 million). NAME may be the beginning of several names. Names: {string.Join(", ", Scenario.All.Select(s => s.Name))}.
              And, with --only, what state costs: {string.Join(", ", StateRatios.Names)}.
              And, with --only, {string.Join(", ", WorkerRatios.Names)}: two workers beside one; {Latency.Name}: how long a row takes at a low load;
              {StartUp.Name}: how long the start of a query takes; {Growth.Name}: how long rows wait while a table grows.
              And, with --only, {KafkaRatios.Name}: source and transactional sink beside the bare client, on the broker that
              {KafkaRatios.Switch}=host:port names.
          {NexmarkCommand.Usage}
          {NexmarkBench.Usage}
          --list flat
              What BenchmarkDotNet can run.
          --filter *GroupBy*
              Runs it, with BenchmarkDotNet's own options; --help shows them.

        How to read the numbers. Times belong to the machine and to the minute, ratios do not: compare a ratio with a ratio, never a time
        with a time from elsewhere. The ratio is the time of the loop through the time of StreamLinq: 1 is as fast as the loop, 0.5 takes
        twice as long. The loop is the least that the work can cost: one open-addressing table, one addition, no epochs, no output, no
        check for overflow. StreamLinq is measured end to end: epochs as it sizes them, changes of each epoch written to a sink.
        bytes/row is what all threads allocate, divided by the rows read: rows written to the sink are objects, rows read are none.
        docs/performance.md says more, and what was measured.
        """);
    return 0;
}

if (args[0] == "ratios") return await Ratios.RunAsync(args[1..]);
if (args[0] == "nexmark-bench") return await NexmarkBench.RunAsync(args[1..], Console.Out, Console.Error);
if (args[0] == "nexmark")
{
    using var stop = new CancellationTokenSource();
    Console.CancelKeyPress += (_, key) =>
    {
        key.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    };
    return await NexmarkCommand.RunAsync(args[1..], Console.Out, Console.Error, stop.Token);
}

BenchmarkSwitcher.FromAssembly(typeof(Scenario).Assembly).Run(args);
return 0;
