// Writes entries that leave memory on a thread of the pool, while whoever lets them leave goes on with the next rows.
// Who is about to read writes what still waits, so nobody waits for a thread of the pool that may never come.
using System.Buffers.Binary;

namespace StreamLinq.Embedded;

/// <summary>Thread-safe.</summary>
/// <param name="writer">Where the entries go.</param>
/// <param name="turn">Held while something is written.</param>
/// <param name="most">How many bytes may wait.</param>
internal sealed class ColdWriter(BaseWriter writer, Lock turn, int most) : IThreadPoolWorkItem, IDisposable
{
    private const int BeginsAtPart = 16;
    private const int HeaderBytes = 3 * sizeof(int);
    private readonly Lock _gathering = new();
    private ByteWriter _gathered = new();
    private ByteWriter _writing = new();
    private bool _isQueued;
    private bool _isDisposed;
    private Exception? _failure;

    /// <summary>What waits and what is being written take so much at most.</summary>
    internal long MemoryBytes => 2L * most;

    /// <summary>Writes an entry, now or soon.</summary>
    internal void Put(int table, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        bool isFull;
        lock (_gathering)
        {
            var entry = _gathered.Reserve(HeaderBytes + key.Length + value.Length);
            BinaryPrimitives.WriteInt32LittleEndian(entry, table);
            BinaryPrimitives.WriteInt32LittleEndian(entry[sizeof(int)..], key.Length);
            BinaryPrimitives.WriteInt32LittleEndian(entry[(2 * sizeof(int))..], value.Length);
            key.CopyTo(entry[HeaderBytes..]);
            value.CopyTo(entry[(HeaderBytes + key.Length)..]);
            _gathered.Advance(HeaderBytes + key.Length + value.Length);
            isFull = _gathered.Length >= most;
            if (!_isQueued && _gathered.Length >= most / BeginsAtPart)
            {
                _isQueued = true;
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }

        if (!isFull) return;
        lock (turn) WriteGathered();
    }

    /// <summary>Removes an entry, if it is there. In the caller's turn.</summary>
    internal void Remove(int table, ReadOnlySpan<byte> key)
    {
        WriteGathered();
        writer.Write(table, key, removed: true, default);
    }

    /// <summary>Writes what waits. In the caller's turn. Throws what has failed in the background.</summary>
    internal void WriteGathered()
    {
        if (_failure is not null) throw new InvalidOperationException($"Entries that left memory could not be written: {_failure.Message}", _failure);
        lock (_gathering)
        {
            (_gathered, _writing) = (_writing, _gathered);
            _isQueued = false;
        }

        for (var rest = _writing.Written; rest.Length > 0;)
        {
            var key = rest.Slice(HeaderBytes, BinaryPrimitives.ReadInt32LittleEndian(rest[sizeof(int)..]));
            var value = rest.Slice(HeaderBytes + key.Length, BinaryPrimitives.ReadInt32LittleEndian(rest[(2 * sizeof(int))..]));
            writer.Write(BinaryPrimitives.ReadInt32LittleEndian(rest), key, removed: false, value);
            rest = rest[(HeaderBytes + key.Length + value.Length)..];
        }

        _writing.Clear();
    }

    void IThreadPoolWorkItem.Execute()
    {
        lock (turn)
        {
            if (_isDisposed || _failure is not null) return;
            try
            {
                WriteGathered();
            }
            catch (Exception e)
            {
                _failure = e;
            }
        }
    }

    public void Dispose()
    {
        lock (turn) _isDisposed = true;
        writer.Dispose();
    }
}
