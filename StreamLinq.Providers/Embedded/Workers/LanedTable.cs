// A table of an operator that several workers share, as the checkpoint and the memory budget see it: one table, in which it does not show how many workers there are.
// An entry that is put back goes to the worker that has its key, so a checkpoint can be gone on from with any number of workers.
namespace StreamLinq.Embedded;

internal class LanedTable : IStateTable
{
    private readonly ulong _seed;

    private LanedTable(IReadOnlyList<IKeyedTable> parts, ulong seed) => (Parts, _seed) = (parts, seed);

    public string Name => Parts[0].Name;

    public string Schema => Parts[0].Schema;

    private protected IReadOnlyList<IKeyedTable> Parts { get; }

    /// <summary>The whole of tables, by lane.</summary>
    internal static IStateTable Of(IReadOnlyList<IKeyedTable> parts, ulong seed) => parts[0] switch
    {
        IColdTable => new Cold(parts, seed),
        ISpilledTable => new Spilled(parts, seed),
        _ => new LanedTable(parts, seed),
    };

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => PartOf(key, value).Restore(key, value);

    public void Restored()
    {
        foreach (var part in Parts) part.Restored();
    }

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var part in Parts) part.WriteChanges(delta, table);
    }

    private protected IKeyedTable PartOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Parts[LaneOfKey.Of(Parts[0].HashOf(key, value, _seed), Parts.Count)];

    // The parts look entries up in one store, which counts those that are there for all of them.
    private sealed class Cold(IReadOnlyList<IKeyedTable> parts, ulong seed) : LanedTable(parts, seed), IColdTable
    {
        private IColdTable[] All { get; } = [.. parts.Cast<IColdTable>()];

        private ColdStore? _store;
        private int _table;

        public long TotalRows => All.Sum(p => p.TotalRows) - ((All.Length - 1) * (_store?.RowsOf(_table).Count ?? 0));

        public long MemoryBytes => All.Sum(p => p.MemoryBytes);

        public void UseCold(ColdStore store, int table)
        {
            (_store, _table) = (store, table);
            foreach (var part in All) part.UseCold(store, table);
        }

        public void Expect(long rows)
        {
            foreach (var part in All) part.Expect(rows / All.Length);
        }

        public void BeginCold(long? totalRows) => All[0].BeginCold(totalRows - All.Skip(1).Sum(p => p.TotalRows));

        public void RestoreRemoval(ReadOnlySpan<byte> key) => ((IColdTable)PartOf(key, default)).RestoreRemoval(key);

        public TableRoom Keep(long bytes, long foldedEpochs)
        {
            var all = Math.Max(1, MemoryBytes);
            return All.Select(part => part.Keep((long)((double)bytes * part.MemoryBytes / all), foldedEpochs)).ToList().Min();
        }
    }

    private sealed class Spilled(IReadOnlyList<IKeyedTable> parts, ulong seed) : LanedTable(parts, seed), ISpilledTable
    {
        private ISpilledTable[] All { get; } = [.. parts.Cast<ISpilledTable>()];

        public long MemoryBytes => All.Sum(p => p.MemoryBytes);

        public bool CanSpill => All[0].CanSpill;

        public void UseSpill(Func<IStorage> storage)
        {
            foreach (var part in All) part.UseSpill(storage);
        }

        public void Spill(long bytes)
        {
            var all = Math.Max(1, MemoryBytes);
            foreach (var part in All) part.Spill((long)((double)bytes * part.MemoryBytes / all));
        }
    }
}
