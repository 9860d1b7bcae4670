// Drives a checkpoint the way the engine does, with one or two operators and int keys, and keeps a dictionary as the truth.
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Checkpoints;

internal sealed class CheckpointRun : IAsyncDisposable
{
    internal static readonly CheckpointOptions Small = new()
    {
        Layout = new CheckpointLayout { PageBytes = 1 << 13, SegmentBytes = 1 << 14 },
        PagesInMemory = 4,
        IndexBytes = 1 << 12,
        FoldBytesPerSecond = long.MaxValue,
        FoldEvery = TimeSpan.Zero,
    };

    private CheckpointRun(Checkpoint checkpoint) => Checkpoint = checkpoint;

    internal Checkpoint Checkpoint { get; }

    internal int Operator { get; private set; }

    internal static async Task<CheckpointRun> OpenAsync(IStorage storage, CheckpointOptions? options = null, string schema = "v1 key int32 -> v1 string", string[]? operators = null, string[]? sources = null)
    {
        var checkpoint = await Checkpoint.OpenAsync(storage, storage.Location, "orders |> count", sources ?? ["orders"], options ?? Small, NullLogger.Instance, default);
        var run = new CheckpointRun(checkpoint);
        try
        {
            var tables = (operators ?? ["count"]).Select(name => new StoredOperator(0, name, schema)).ToList();
            await checkpoint.AdoptAsync(new QueryState("orders |> count", sources ?? ["orders"], new Dictionary<string, string>(), tables), null, DateTimeOffset.UnixEpoch, default);
            run.Operator = checkpoint.Operators is [.., var last] ? last.Id : 0;
            return run;
        }
        catch
        {
            await checkpoint.DisposeAsync();
            throw;
        }
    }

    internal static EpochPlan Plan(long epoch) => new(
        epoch,
        epoch * 1000,
        2,
        [new SourceRange("orders", [new SourceOffset("p0", epoch.ToString(CultureInfo.InvariantCulture))], [new SourceOffset("p0", (epoch + 1).ToString(CultureInfo.InvariantCulture)), new SourceOffset("p1", "é\"\n")])],
        new Dictionary<string, long> { ["orders"] = epoch - 7, ["none"] = long.MinValue },
        epoch == 99);

    internal static byte[] Key(int key) => BitConverter.GetBytes(key);

    internal static byte[] Value(string value) => Encoding.UTF8.GetBytes(value);

    internal async Task EpochAsync(long epoch, params (int Key, string? Value)[] changes)
    {
        if (Checkpoint.Pending?.Epoch != epoch)
            await Checkpoint.LogPlanAsync(Plan(epoch), default);
        var delta = Checkpoint.BeginDelta(epoch);
        foreach (var (key, value) in changes)
        {
            if (value is null)
                delta.Remove(Operator, Key(key));
            else
                delta.Put(Operator, Key(key), Value(value));
        }

        await Checkpoint.CommitAsync(epoch, delta, default);
    }

    internal async Task<Dictionary<int, string>> RestoreAsync()
    {
        var state = new Dictionary<int, string>();
        await Checkpoint.RestoreAsync(
            (id, key, value) =>
            {
                Assert.That(id, Is.EqualTo(Operator));
                state.Add(BitConverter.ToInt32(key), Encoding.UTF8.GetString(value));
            },
            default);
        return state;
    }

    public ValueTask DisposeAsync() => Checkpoint.DisposeAsync();
}

internal sealed class TemporaryFolder : IDisposable
{
    internal string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "streamlinq-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
