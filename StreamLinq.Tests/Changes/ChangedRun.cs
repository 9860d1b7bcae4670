// Runs one version of a query after another on the same checkpoint in memory, each until its source is read.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Changes;

internal sealed record Sale(string Shop, string Town, int Net, decimal Tax);

/// <summary>The rows of a later version: a wider number, a member more, one that had a name and one that is gone.</summary>
internal sealed record WideSale(string Shop, string? Region, long Net, decimal Vat, string Channel = "shop");

internal sealed record ShopTotal(string Key, decimal Sum)
{
    public decimal Other { get; init; }
}

internal sealed class ChangedRun
{
    private readonly Dictionary<string, MemoryStorage> _others = new(StringComparer.Ordinal);

    internal MemoryStorage Storage { get; set; } = new();

    internal VirtualTimeProvider Time { get; } = new(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));

    internal StreamingQueryProgress? Progress { get; private set; }

    internal MemoryStorage At(string location) => location == "memory" ? Storage : _others.TryGetValue(location, out var other) ? other : _others[location] = new MemoryStorage();

    private StreamEngine Engine() => new(new StreamEngineOptions
    {
        TimeProvider = Time,
        Storage = At,
        MaxAhead = TimeSpan.MaxValue,
        Checkpoints = new CheckpointOptions { IndexBytes = 64 << 10, FoldBytesPerSecond = long.MaxValue, Layout = new CheckpointLayout { PageBytes = 256 << 10, SegmentBytes = 4 << 20 } },
    });

    internal async Task<IReadOnlyList<T>> RunAsync<T>(IStreamQueryable<T, Table> query, AllowedStateChanges? allow = null, string location = "memory", string? startFrom = null)
    {
        var sink = new MemorySink<T>();
        await RunAsync([query.WriteTo(sink, OutputMode.Complete)], allow, location, startFrom);
        return sink.Rows;
    }

    internal async Task<IReadOnlyList<T>> RunAsync<T>(IStreamQueryable<T, AppendOnly> query, AllowedStateChanges? allow = null)
    {
        var sink = new MemorySink<T>();
        await RunAsync([query.WriteTo(sink)], allow);
        return sink.Rows;
    }

    internal async Task RunAsync(IReadOnlyList<StreamOutput> outputs, AllowedStateChanges? allow = null, string location = "memory", string? startFrom = null)
    {
        Progress = null;
        await using var engine = Engine();
        var query = await engine.StartAsync(outputs, new StreamingQueryOptions { Trigger = Trigger.AvailableNow, CheckpointLocation = location, AllowStateChanges = allow, StartFrom = startFrom });
        await query.Completion;
        Progress = query.LastProgress;
    }

    internal async Task<string> RefusedAsync<T>(IStreamQueryable<T, Table> query, AllowedStateChanges? allow = null)
    {
        var before = Names(Storage);
        var refused = Assert.ThrowsAsync<StreamLinqException>(() => RunAsync(query, allow))!;
        Assert.That(refused.Code, Is.EqualTo("SLQ2043"));
        Assert.That(Names(Storage), Is.EqualTo(before), "a refused start changes nothing");
        return await Task.FromResult(refused.Message);
    }

    internal Task<StateChanges> CompareAsync<T>(IStreamQueryable<T, Table> query, AllowedStateChanges? allow = null) =>
        StreamCheckpoint.CompareAsync([query.WriteTo(new MemorySink<T>(), OutputMode.Complete)], Storage, allow, default);

    internal DateTimeOffset? CompleteSince(string name) => Progress!.StateOperators.Single(o => o.Operator == name).CompleteSince;

    private static string Names(MemoryStorage storage) => string.Join('\n', storage.List("").Select(n =>
    {
        using var file = storage.Open(n, create: false)!;
        var bytes = new byte[file.Length];
        _ = file.Read(0, bytes);
        return $"{n} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes))}";
    }));
}
