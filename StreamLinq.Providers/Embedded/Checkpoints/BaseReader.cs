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
    private readonly ClientSession<SpanByte, SpanByte, SpanByte, int, int, ReadFunctions> _session;
    private byte[] _key = new byte[256];
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
            var length = 0;
            var status = _session.Read(ref storeKey, ref input, ref length, tag);
            if (!status.IsPending) _functions.Tell(tag, status.Found, length);
            else if (++_functions.InFlight >= MostInFlight) CompleteSome();
        }
    }

    /// <summary>Waits for what is under way.</summary>
    internal void Complete()
    {
        if (_functions.InFlight == 0) return;
        _device.Help();
        _ = _session.CompletePending(wait: true);
    }

    // What has come makes room for more; only where nothing has, it is waited for.
    private void CompleteSome()
    {
        _device.Help();
        _ = _session.CompletePending(wait: false);
        if (_functions.InFlight >= MostInFlight) Complete();
    }

    public void Dispose()
    {
        Complete();
        _session.Dispose();
    }

    private sealed class ReadFunctions : FunctionsBase<SpanByte, SpanByte, SpanByte, int, int>
    {
        private byte[] _value = new byte[256];

        internal ReadVisitor Visit { get; set; } = static (_, _, _) => { };

        internal int InFlight { get; set; }

        public override bool SingleReader(ref SpanByte key, ref SpanByte input, ref SpanByte value, ref int length, ref ReadInfo readInfo) => Take(ref value, ref length);

        public override bool ConcurrentReader(ref SpanByte key, ref SpanByte input, ref SpanByte value, ref int length, ref ReadInfo readInfo) => Take(ref value, ref length);

        public override void ReadCompletionCallback(ref SpanByte key, ref SpanByte input, ref int output, int ctx, Status status, RecordMetadata recordMetadata)
        {
            InFlight--;
            Tell(ctx, status.Found, output);
        }

        // A value is told as soon as it is read, so there is one at a time.
        internal void Tell(int tag, bool found, int length) => Visit(tag, found, found ? _value.AsSpan(0, length) : default);

        private bool Take(ref SpanByte value, ref int length)
        {
            var bytes = value.AsReadOnlySpan();
            if (bytes.Length > _value.Length) _value = new byte[bytes.Length * 2];
            bytes.CopyTo(_value);
            length = bytes.Length;
            return true;
        }
    }
}
