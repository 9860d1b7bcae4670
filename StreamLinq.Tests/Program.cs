// The tests' own program, for tests that need a process to kill: it does what its first argument says. The test runner does not call it.
using System.Globalization;
using StreamLinq.Tests.Databases;
using StreamLinq.Tests.Kafka;

namespace StreamLinq.Tests;

internal static class Program
{
    internal static Task<int> Main(string[] args) => args switch
    {
        ["sell", var connectionString, var folder] => SellingProcess.RunAsync(connectionString, folder),
        ["grow", var keys, var budget, var folder] => Memory.GrowingProcess.RunAsync(int.Parse(keys, CultureInfo.InvariantCulture), long.Parse(budget, CultureInfo.InvariantCulture), folder),
        ["kafka-copy", var form, var servers, var input, var output, var checkpoint] => CopyProcess.RunAsync(form, servers, input, output, checkpoint),
        _ => Task.FromResult(64),
    };
}
