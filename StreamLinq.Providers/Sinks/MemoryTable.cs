// The rows of a memory sink: a multiset of rows, and in Update mode one row per key, both in the order in which rows first came.
// Rows are found by their columns, not by Equals, so that rows of a class without Equals can be deleted too.
using System.Collections;

namespace StreamLinq.Sinks;

internal sealed class MemoryTable<T>
{
    private static readonly RowColumns<T> Columns = RowColumns<T>.Instance;
    private static readonly int[] AllColumns = [.. Enumerable.Range(0, Columns.Names.Count)];

    private readonly SortedDictionary<long, T> _rows = [];
    private readonly Dictionary<Key, List<long>> _places = [];
    private readonly List<T> _stream = [];
    private long _next;

    internal IEnumerable<T> Rows => _stream.Concat(_rows.Values);

    // Key: the columns of the key in Update mode; null where a row is found by all its columns. A key without columns is that of a table with one row.
    internal void Apply(Change<T> change, OutputMode? mode, int[]? key)
    {
        // A stream never deletes: its rows need no index.
        if (mode is null && change.Kind == ChangeKind.Insert)
        {
            _stream.Add(change.Row);
            return;
        }
        var id = Key.Of(change.Row, key ?? AllColumns);
        switch (change.Kind)
        {
            case ChangeKind.Delete:
                if (!_places.TryGetValue(id, out var places)) return;
                _rows.Remove(places[^1]);
                places.RemoveAt(places.Count - 1);
                if (places.Count == 0) _places.Remove(id);
                break;
            case ChangeKind.Upsert when _places.TryGetValue(id, out var existing):
                _rows[existing[^1]] = change.Row;
                break;
            default:
                if (!_places.TryGetValue(id, out var list)) _places[id] = list = [];
                list.Add(_next);
                _rows[_next++] = change.Row;
                break;
        }
    }

    private readonly struct Key(object?[] values) : IEquatable<Key>
    {
        private readonly object?[] _values = values;

        internal static Key Of(T row, int[] columns)
        {
            var values = new object?[columns.Length];
            for (var i = 0; i < columns.Length; i++) values[i] = Columns.Value(row, columns[i]);
            return new(values);
        }

        public bool Equals(Key other) => StructuralComparisons.StructuralEqualityComparer.Equals(_values, other._values);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        // Array.GetHashCode of .NET looks at the last eight columns only; here all count.
        public override int GetHashCode()
        {
            var hash = new HashCode();
            foreach (var value in _values) hash.Add(value is null ? 0 : StructuralComparisons.StructuralEqualityComparer.GetHashCode(value));
            return hash.ToHashCode();
        }
    }
}
