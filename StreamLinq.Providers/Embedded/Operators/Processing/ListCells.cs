// A list per key. Each item is stored under its place, so that adding to a long list writes the new item and nothing else.
namespace StreamLinq.Embedded;

internal sealed class ListCells<V>(ProcessorStorage storage, int index, string name, TimeSpan? timeToLive)
    : ProcessorCells<StateEntry<V>, V>(storage, index, name, timeToLive), IListCell<V>
{
    protected override string Suffix => ", place";

    public IEnumerable<V> Values
    {
        get
        {
            var items = Items(Storage.Current);
            return items is null ? [] : items.Where(IsVisible).Select(i => i.Value);
        }
    }

    public int Count
    {
        get
        {
            var items = Items(Storage.Current);
            return items is null ? 0 : Expires ? items.Count(IsVisible) : items.Count;
        }
    }

    public void Add(V value)
    {
        var key = Storage.Current;
        var items = Items(key) ?? Made(key);
        var item = new StateEntry<V> { Place = items.Count == 0 ? 0 : items[^1].Place + 1 };
        items.Add(item);
        Put(key, item, value);
    }

    public void Clear()
    {
        var key = Storage.Current;
        if (Items(key) is not { } items) return;
        foreach (var item in items) Remove(key, item);
        items.Clear();
    }

    protected override void WriteSuffix(ByteWriter bytes, StateEntry<V> entry) => bytes.WriteInt64(entry.Place);

    // A checkpoint gives its entries back in no order; the list is sorted when it is first used.
    protected override StateEntry<V> ReadSuffix(ByteReader reader, ProcessorKey key)
    {
        var item = new StateEntry<V> { Place = reader.ReadInt64() };
        var list = (ItemList?)Of(key) ?? new ItemList();
        Of(key) = list;
        list.IsSorted = false;
        list.Items.Add(item);
        return item;
    }

    public override long Sweep(ProcessorKey key, long until)
    {
        var next = long.MaxValue;
        Items(key)?.RemoveAll(item =>
        {
            if (!HasExpired(item, until))
            {
                next = Math.Min(next, ExpiryOf(item.Written));
                return false;
            }

            Remove(key, item);
            return true;
        });
        return next;
    }

    protected override void Forget(ProcessorKey key, StateEntry<V> entry)
    {
        if (Of(key) is ItemList { Items.Count: 0 }) Of(key) = null;
    }

    private List<StateEntry<V>> Made(ProcessorKey key)
    {
        var list = new ItemList();
        Of(key) = list;
        return list.Items;
    }

    private List<StateEntry<V>>? Items(ProcessorKey key)
    {
        if (Of(key) is not ItemList list) return null;
        if (!list.IsSorted) list.Items.Sort(static (a, b) => a.Place.CompareTo(b.Place));
        list.IsSorted = true;
        return list.Items;
    }

    private sealed class ItemList
    {
        public List<StateEntry<V>> Items { get; } = [];

        public bool IsSorted { get; set; } = true;
    }
}
