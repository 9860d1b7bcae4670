// A process that reads a topic and writes another, to be killed: rows one by one, or a table of sums. It ends by itself when it has read what was there at its start.
using System.Globalization;

namespace StreamLinq.Tests.Kafka;

internal static class CopyProcess
{
    internal sealed record Square(int N, long Squared);

    internal sealed record Sum(int Key, int Count, long Total);

    internal const int Keys = 17;

    internal static StreamingQueryOptions Options(string checkpoint) => new() { Name = "copy", CheckpointLocation = checkpoint, MaxRowsPerEpoch = 40 };

    internal static StreamOutput Output(string form, string servers, string input, string output)
    {
        var numbers = KafkaSource.From<string>(servers, input, options: new KafkaSourceOptions { MaxOutage = TimeSpan.FromMinutes(1), GroupId = "copy-" + output }, name: "numbers");
        var options = new KafkaSinkOptions { MaxOutage = TimeSpan.FromMinutes(1) };
        return form == "append"
            ? numbers.Select(text => new Square(int.Parse(text, CultureInfo.InvariantCulture), 1)).Select(s => new Square(s.N, (long)s.N * s.N)).WriteTo(KafkaSink.To<Square>(servers, output, options: options).WithKey(s => s.N))
            : numbers.GroupBy(text => int.Parse(text, CultureInfo.InvariantCulture) % Keys).Select(g => new Sum(g.Key, (int)g.Count(), g.Sum(text => long.Parse(text, CultureInfo.InvariantCulture))))
                .WriteTo(KafkaSink.To<Sum>(servers, output, options: options), OutputMode.Update);
    }

    internal static async Task<int> RunAsync(string form, string servers, string input, string output, string checkpoint)
    {
        await using var engine = new StreamEngine();
        try
        {
            await engine.RunAsync(Output(form, servers, input, output), Options(checkpoint) with { Trigger = Trigger.AvailableNow });
            return 0;
        }
        catch (StreamLinqException error)
        {
            await Console.Error.WriteLineAsync(error.ToString());
            return 1;
        }
    }
}
