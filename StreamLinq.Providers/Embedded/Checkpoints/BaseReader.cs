// Reads entries of the base by key, many at a time: what is on the disk comes while other keys are looked up. One FASTER session, beside the one that folds write with.
using FASTER.core;

namespace StreamLinq.Embedded;

/// <summary>Gets what a read has found; the value is valid during the call only.</summary>
internal delegate void ReadVisitor(int tag, bool found, ReadOnlySpan<byte> value);

/// <summary>A session of the base. One caller at a time.</summary>
internal sealed class BaseReader : IDisposable
{
    private const int MostInFlight = 256;
    private readonly ReadFunctions _functions = new();
    private readonly ClientSession<SpanByte, SpanByte, SpanByte, ReadSlice, int, ReadFunctions> _session;
    private byte[] _key = new byte[256];
    private int _inFlight;

    private readonly StorageDevice _device;

    internal BaseReader(FasterKV<SpanByte, SpanByte> store, StorageDevice device)
    {
        _session = store.For(_functions).NewSession<ReadFunctions>();
        _device = device;
    }

    /// <summary>Looks a key up; the visitor is told now or by <see cref="Complete"/>.</summary>
    internal unsafe void Begin(int operatorId, ReadOnlySpan<byte> key, int tag, ReadVisitor visit)
    {
        _functions.Visit = visit;
        fixed (byte* k = BaseStore.KeyOf(operatorId, key, ref _key))
        {
            var storeKey = SpanByte.FromPointer(k, key.Length + sizeof(int));
            var input = default(SpanByte);
            var slice = default(ReadSlice);
            var status = _session.Read(ref storeKey, ref input, ref slice, tag);
            if (status.IsPending)
            {
                if (++_inFlight >= MostInFlight) Complete();
            }
            else
            {
                _functions.Tell(tag, status.Found, slice);
                if (_inFlight == 0) _functions.Clear();
            }
        }
    }

    /// <summary>Waits for what is under way.</summary>
    internal void Complete()
    {
        if (_inFlight > 0)
        {
            _device.Help();
            _ = _session.CompletePending(wait: true);
        }

        _inFlight = 0;
        _functions.Clear();
    }

    public void Dispose()
    {
        Complete();
        _session.Dispose();
    }

    /// <summary>Where a value lies among those that were read.</summary>
    internal struct ReadSlice
    {
        internal int Start;
        internal int Length;
    }

    private sealed class ReadFunctions : FunctionsBase<SpanByte, SpanByte, SpanByte, ReadSlice, int>
    {
        private byte[] _values = new byte[4096];
        private int _used;

        internal ReadVisitor Visit { get; set; } = static (_, _, _) => { };

        public override bool SingleReader(ref SpanByte key, ref SpanByte input, ref SpanByte value, ref ReadSlice dst, ref ReadInfo readInfo) => Take(ref value, ref dst);

        public override bool ConcurrentReader(ref SpanByte key, ref SpanByte input, ref SpanByte value, ref ReadSlice dst, ref ReadInfo readInfo) => Take(ref value, ref dst);

        public override void ReadCompletionCallback(ref SpanByte key, ref SpanByte input, ref ReadSlice output, int ctx, Status status, RecordMetadata recordMetadata) => Tell(ctx, status.Found, output);

        internal void Tell(int tag, bool found, ReadSlice slice) => Visit(tag, found, found ? _values.AsSpan(slice.Start, slice.Length) : default);

        internal void Clear() => _used = 0;

        private bool Take(ref SpanByte value, ref ReadSlice slice)
        {
            var bytes = value.AsReadOnlySpan();
            if (_used + bytes.Length > _values.Length) Array.Resize(ref _values, Math.Max(_used + bytes.Length, _values.Length * 2));
            bytes.CopyTo(_values.AsSpan(_used));
            slice = new ReadSlice { Start = _used, Length = bytes.Length };
            _used += bytes.Length;
            return true;
        }
    }
}
