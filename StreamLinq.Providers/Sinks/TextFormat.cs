// One string, one line.
using System.Buffers;
using System.Text;

namespace StreamLinq.Sinks;

internal sealed class TextFormat : IRowFormat<string>
{
    public ReadOnlyMemory<byte> Header => default;

    public void Write(IBufferWriter<byte> output, Change<string> change, long epoch)
    {
        Encoding.UTF8.GetBytes(change.Row ?? "", output);
        output.Write("\n"u8);
    }
}
