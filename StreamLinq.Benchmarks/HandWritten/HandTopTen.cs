// The ten highest values of a key, as one would keep them by hand: in place beside the key, the highest first, the lowest thrown out.
using System.Runtime.CompilerServices;

namespace StreamLinq.Benchmarks;

internal struct HandTopTen
{
    internal const int Most = 10;

    private Values _values;
    private int _count;

    internal readonly long Sum
    {
        get
        {
            var sum = 0L;
            for (var i = 0; i < _count; i++) sum += _values[i];
            return sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(long value)
    {
        if (_count < Most || value > _values[Most - 1]) Insert(value);
    }

    private void Insert(long value)
    {
        var place = _count < Most ? _count++ : Most - 1;
        for (; place > 0 && _values[place - 1] < value; place--) _values[place] = _values[place - 1];
        _values[place] = value;
    }

    [InlineArray(Most)]
    private struct Values
    {
        private long _first;
    }
}
