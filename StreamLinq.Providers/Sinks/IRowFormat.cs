// How rows become lines of a file. A format is made for one query and mode; its writers are used by one thread at a time.
using System.Buffers;

namespace StreamLinq.Sinks;

internal interface IRowFormat<T>
{
    // The first line of every file, with its end; empty if the format has none.
    ReadOnlyMemory<byte> Header { get; }

    // One row with the end of its line.
    void Write(IBufferWriter<byte> output, Change<T> change, long epoch);
}
