// Numbers of keys, uniform or after Zipf with 0.99, the same on every machine; the frequent ones lie anywhere among the others.
namespace StreamLinq.Benchmarks;

internal sealed class KeyNumbers
{
    private const double Theta = 0.99;
    private readonly Random _random = new(42);
    private readonly int _keys;
    private readonly double[]? _bounds;

    internal KeyNumbers(int keys, bool zipf)
    {
        _keys = keys;
        if (!zipf) return;
        _bounds = new double[keys];
        double sum = 0;
        for (var i = 0; i < keys; i++) _bounds[i] = sum += 1 / Math.Pow(i + 1, Theta);
    }

    internal int Next()
    {
        if (_bounds is null) return _random.Next(_keys);
        var rank = Array.BinarySearch(_bounds, _random.NextDouble() * _bounds[^1]);
        return (int)((uint)(rank < 0 ? ~rank : rank) * 2654435761UL % (ulong)_keys);
    }
}
