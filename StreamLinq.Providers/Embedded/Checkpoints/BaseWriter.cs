// Writes changes into the base: blind upserts and deletes of one FASTER session.
using FASTER.core;

namespace StreamLinq.Embedded;

/// <summary>A session of the base. One caller at a time.</summary>
internal sealed class BaseWriter(FasterKV<SpanByte, SpanByte> store) : IDisposable
{
    private readonly ClientSession<SpanByte, SpanByte, SpanByte, SpanByteAndMemory, Empty, IFunctions<SpanByte, SpanByte, SpanByte, SpanByteAndMemory, Empty>> _session = store.NewSession(new SpanByteFunctions<Empty>());
    private byte[] _key = new byte[256];

    /// <summary>Applies one change.</summary>
    internal unsafe void Write(int operatorId, ReadOnlySpan<byte> key, bool removed, ReadOnlySpan<byte> value)
    {
        fixed (byte* k = BaseStore.KeyOf(operatorId, key, ref _key), v = value)
        {
            var storeKey = SpanByte.FromPointer(k, key.Length + sizeof(int));
            if (removed)
            {
                _ = _session.Delete(ref storeKey);
            }
            else
            {
                var storeValue = SpanByte.FromPointer(v, value.Length);
                _ = _session.Upsert(ref storeKey, ref storeValue);
            }
        }
    }

    public void Dispose()
    {
        _ = _session.CompletePending(wait: true);
        _session.Dispose();
    }
}
