// The same four aggregates in bare FASTER: one RMW per row, a number of them outstanding, pages and index within the same budget. What a good engineer would write who has only FASTER.
using System.Numerics;
using FASTER.core;

namespace StreamLinq.Benchmarks;

/// <summary>Count, sum, least and most of a key.</summary>
internal struct Totals
{
    public long Count;
    public long Sum;
    public long Least;
    public long Most;
}

internal sealed class FasterTotals : IDisposable
{
    internal const int MostOutstanding = 256;
    private const int BytesPerBucketEntry = 9;
    private readonly string _folder = StateQuery.NewFolder();
    private readonly IDevice _device;
    private readonly FasterKV<long, Totals> _store;
    private readonly ClientSession<long, Totals, long, Totals, Empty, AddFunctions> _session;

    internal FasterTotals(long budget, int keys)
    {
        var index = (long)BitOperations.RoundUpToPowerOf2((ulong)keys * BytesPerBucketEntry) / 2;
        _device = Devices.CreateLogDevice(Path.Combine(_folder, "log"), deleteOnClose: true);
        _store = new FasterKV<long, Totals>(new FasterKVSettings<long, Totals>
        {
            IndexSize = index,
            LogDevice = _device,
            PageSize = 1 << 20,
            MemorySize = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1 << 24, budget - index) + 1) / 2,
            ConcurrencyControlMode = ConcurrencyControlMode.None,
        });
        _session = _store.For(new AddFunctions()).NewSession<AddFunctions>();
    }

    internal void Add(ReadOnlySpan<Row> rows)
    {
        var outstanding = 0;
        foreach (var row in rows)
        {
            var (key, value) = (row.Key, row.Value);
            if (!_session.RMW(ref key, ref value).IsPending || ++outstanding < MostOutstanding) continue;
            _ = _session.CompletePending(wait: true);
            outstanding = 0;
        }

        _ = _session.CompletePending(wait: true);
    }

    public void Dispose()
    {
        _session.Dispose();
        _store.Dispose();
        _device.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class AddFunctions : FunctionsBase<long, Totals, long, Totals, Empty>
    {
        public override bool InitialUpdater(ref long key, ref long input, ref Totals value, ref Totals output, ref RMWInfo rmwInfo)
        {
            value = new Totals { Count = 1, Sum = input, Least = input, Most = input };
            return true;
        }

        public override bool InPlaceUpdater(ref long key, ref long input, ref Totals value, ref Totals output, ref RMWInfo rmwInfo)
        {
            value = Added(value, input);
            return true;
        }

        public override bool CopyUpdater(ref long key, ref long input, ref Totals oldValue, ref Totals newValue, ref Totals output, ref RMWInfo rmwInfo)
        {
            newValue = Added(oldValue, input);
            return true;
        }

        private static Totals Added(Totals totals, long value) =>
            new() { Count = totals.Count + 1, Sum = totals.Sum + value, Least = Math.Min(totals.Least, value), Most = Math.Max(totals.Most, value) };
    }
}
