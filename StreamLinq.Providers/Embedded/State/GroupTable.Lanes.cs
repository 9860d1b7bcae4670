// The part of a group table that deals with other tables of the same groups, each run by another worker: when groups were first touched, and the places of new groups among those of all tables.
namespace StreamLinq.Embedded;

internal sealed partial class GroupTable<TKey, TAccumulator, TResult, THash>
{
    private long[] _arrived = [];
    private int _next;
    private int _nextBefore;

    /// <summary>Tells when the row at hand came; null where there is one table only.</summary>
    internal LaneOrder? Order { get; init; }

    /// <summary>When the row came that was the epoch's first to touch a group, by the number of the touch.</summary>
    internal long ArrivedAt(int touched) => _arrived[touched];

    private void NoteArrival()
    {
        if (_arrived.Length <= _touchedCount) Array.Resize(ref _arrived, _touched.Length);
        _arrived[_touchedCount] = Order!.Now;
    }

    /// <summary>Gives the groups that the epoch brought to any of these tables the places they would have in one.</summary>
    internal static void Rank(IReadOnlyList<GroupTable<TKey, TAccumulator, TResult, THash>> tables)
    {
        var next = 0;
        foreach (var table in tables)
        {
            table.FinishGrowth();
            next = Math.Max(next, table._nextBefore);
        }

        var heads = new int[tables.Count];
        for (var i = 0; i < heads.Length; i++) heads[i] = tables[i].NextNew(-1);
        while (true)
        {
            var first = -1;
            for (var i = 0; i < heads.Length; i++)
                if (heads[i] >= 0 && (first < 0 || tables[i]._arrived[heads[i]] < tables[first]._arrived[heads[first]])) first = i;
            if (first < 0) break;
            var from = tables[first];
            from.PrefetchTouched(heads[first] + 8);
            from._sequences[from._touched[heads[first]].Slot] = next++;
            heads[first] = from.NextNew(heads[first]);
        }

        foreach (var table in tables) table._next = next;
    }

    private int NextNew(int touched)
    {
        while (++touched < _touchedCount)
            if (!_touched[touched].Existed) return touched;
        return -1;
    }

    // Where other tables have some of the places, there are gaps.
    private ReadOnlySpan<int> InOrderWithGaps(ref int[] order)
    {
        var most = -1;
        for (var slot = 0; slot < Entries.Length; slot++)
            if (Has(_takenSlots, slot)) most = Math.Max(most, _sequences[slot]);
        if (order.Length <= most) order = new int[most + 1];
        Array.Clear(order, 0, most + 1);
        for (var slot = 0; slot < Entries.Length; slot++)
            if (Has(_takenSlots, slot)) order[_sequences[slot]] = slot + 1;
        var count = 0;
        for (var place = 0; place <= most; place++)
            if (order[place] > 0) order[count++] = order[place] - 1;
        return order.AsSpan(0, count);
    }
}
