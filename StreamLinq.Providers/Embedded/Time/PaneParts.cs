// What the checkpoint has of panes that have left memory once: groups of later stretches stand beside those of the first, under the number of their stretch, because they are no whole groups but parts to be merged.
namespace StreamLinq.Embedded;

internal sealed class PaneParts<TKey, TState, TResult, THash>(string name, WindowPanes<TKey, TState, TResult, THash> panes) : IKeyedTable where THash : struct, IKeyHash<TKey>
{
    private readonly Codec<(long End, long Start, int Generation, TKey Key)> _keys = Codecs.Key<(long End, long Start, int Generation, TKey Key)>();
    private readonly Codec<TState> _states = Codecs.Value<TState>();
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();

    public string Name => $"{name}/parts";

    public string Schema => $"{_keys.Schema} -> {_states.Schema}";

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var (end, start, generation, group) = _keys.Decode(_reader, key);
        panes.RestorePart(new WindowSpan(start, end), generation, group, _states.Decode(_reader, value));
    }

    public ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong seed) => LaneOfKey.HashOf(_keys.Decode(_reader, key).Key, seed);

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var pane in panes.Panes)
        {
            if (pane.Generation == 0) continue;
            foreach (var touched in pane.Table.Touched)
            {
                ref var entry = ref pane.Table.Entries[touched.Slot];
                var length = WriteKey(pane.Span, pane.Generation, entry.Key);
                _states.Write(_bytes, entry.Accumulator);
                delta.Put(table, _bytes.Slice(0, length), _bytes.Slice(length, _bytes.Length - length));
            }
        }

        foreach (var pane in panes.Dropped)
        {
            foreach (var run in pane.Runs)
                for (var part = 0; part < PaneRun<TKey, TState>.Parts && run.Generation > 0; part++) run.Read(part, _reader, (key, _) => Remove(pane.Span, run.Generation, key));
            if (pane.Generation == 0) continue;
            foreach (var slot in pane.Table.Slots()) Remove(pane.Span, pane.Generation, pane.Table.Entries[slot].Key);
        }

        void Remove(WindowSpan span, int generation, TKey key)
        {
            WriteKey(span, generation, key);
            delta.Remove(table, _bytes.Written);
        }
    }

    private int WriteKey(WindowSpan span, int generation, TKey key)
    {
        _bytes.Clear();
        _keys.Write(_bytes, (span.End, span.Start, generation, key));
        return _bytes.Length;
    }
}
