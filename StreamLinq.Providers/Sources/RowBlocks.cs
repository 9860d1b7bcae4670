// Rows collected while a file is scanned, in arrays that grow to 4096 rows, so that they can be handed out as batches without another copy.
namespace StreamLinq.Sources;

internal sealed class RowBlocks<T>
{
    private const int FirstBlock = 64;
    private const int LargestBlock = 4096;

    private readonly List<T[]> _full = [];
    private T[] _last = [];
    private int _used;

    internal long Count { get; private set; }

    internal void Add(T row)
    {
        if (_used == _last.Length)
        {
            if (_used > 0) _full.Add(_last);
            _last = new T[Math.Clamp(_last.Length * 2, FirstBlock, LargestBlock)];
            _used = 0;
        }

        _last[_used++] = row;
        Count++;
    }

    internal void Clear()
    {
        _full.Clear();
        (_last, _used, Count) = ([], 0, 0);
    }

    internal IEnumerable<ReadOnlyMemory<T>> Batches()
    {
        foreach (var block in _full) yield return block;
        if (_used > 0) yield return _last.AsMemory(0, _used);
    }
}
