// The splitter against references that see the whole text at once.
using System.Text;
using FsCheck.Fluent;
using FsCheck;
using NUnit.Framework;
using StreamLinq.Sources;

namespace StreamLinq.Tests.Sources;

public sealed class RecordSplitterTests
{
    private static readonly Gen<string> Texts = Gen.Elements("a", "é", "\r", "\n", "\r\n", "long line of text", ",", "\"", "", "\u2028").ListOf().Select(string.Concat);

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public Property Any_text_in_any_packets_gives_the_lines_of_the_whole_text() =>
        Prop.ForAll(Texts.Two().Select(t => t.Item1 + t.Item2).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (text, seed) =>
        {
            var lines = text.Replace("\r\n", "\n").Replace('\r', '\n').Split('\n').ToList();
            if (lines[^1].Length == 0) lines.RemoveAt(lines.Count - 1);
            var splitter = new RecordSplitter(1000);
            return Split(splitter, text, seed).SequenceEqual(lines) && splitter.Offset == Encoding.UTF8.GetByteCount(text) && splitter.Lines == lines.Count;
        });

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public Property Going_on_from_any_record_gives_the_rest() =>
        Prop.ForAll(Texts.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (text, seed) =>
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var all = Split(new RecordSplitter(1000, (byte)'"'), text, seed);
            var ends = new List<(long Offset, long Lines, int Records)>();
            Split(new RecordSplitter(1000, (byte)'"'), text, seed + 1, s => ends.Add((s.Offset, s.Lines, ends.Count + 1)));
            return ends.TrueForAll(end =>
            {
                var rest = new RecordSplitter(1000, (byte)'"', (byte)',', end.Offset, end.Lines, end.Offset > 0 && bytes[end.Offset - 1] == '\r');
                return Split(rest, Encoding.UTF8.GetString(bytes.AsSpan((int)end.Offset)), seed).SequenceEqual(all.Skip(end.Records));
            });
        });

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public Property Records_with_quoted_line_ends_stay_whole() =>
        Prop.ForAll(Gen.Elements("a", "\"", ",", "\r\n", "\n", "x y").ListOf().Select(string.Concat).ListOf(3).ListOf().ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (records, seed) =>
        {
            var written = records.Select(r => string.Join(',', r.Select(f => '"' + f.Replace("\"", "\"\"") + '"'))).ToList();
            var text = string.Concat(written.Select(w => w + "\r\n"));
            var fields = new List<string>();
            var splitter = new RecordSplitter(100_000, (byte)'"');
            var read = Split(splitter, text, seed);
            return read.SequenceEqual(written)
                && read.Zip(records).All(p => CsvFields.TryCut(p.First, ',', fields, out _) && fields.SequenceEqual(p.Second))
                && splitter.Lines == text.Replace("\r\n", "\n").Count(c => c == '\n');
        });

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public Property What_is_too_long_is_cut_the_same_in_any_packets() =>
        Prop.ForAll(Texts.Two().Select(t => t.Item1 + t.Item2).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (text, seed) =>
        {
            byte? quote = seed % 2 == 0 ? (byte)'"' : null;
            return Split(new RecordSplitter(7, quote), text, seed, bytes: true).SequenceEqual(Split(new RecordSplitter(7, quote), text, -1, bytes: true));
        });

    [Test]
    public void A_line_ends_at_a_lone_cr() => Assert.That(Split(new RecordSplitter(100), "a\rb\r\nc\n\nd", 5), Is.EqualTo(new[] { "a", "b", "c", "", "d" }));

    [Test]
    public void A_line_that_is_too_long_is_one_fault_and_the_next_line_is_whole()
    {
        var splitter = new RecordSplitter(4);
        Assert.That(Split(splitter, "abcdefgh\nabcd\nabcde", 3, bytes: true), Is.EqualTo(new[] { "TooLong:abcd", "None:abcd", "TooLong:abcd" }));
        Assert.That(splitter.Offset, Is.EqualTo(19));
    }

    [Test]
    public void A_quote_that_is_not_closed_costs_its_own_line_only() =>
        Assert.That(Split(new RecordSplitter(100, (byte)'"'), "a,\"b\nc,d\ne,f\n", 2, bytes: true), Is.EqualTo(new[] { "OpenQuote:a,\"b", "None:c,d", "None:e,f" }));

    // Packets of random sizes; a negative seed: all in one.
    private static List<string> Split(RecordSplitter splitter, string text, int seed, Action<RecordSplitter>? each = null, bool bytes = false)
    {
        var random = new Random(seed);
        var rest = Encoding.UTF8.GetBytes(text).AsSpan();
        var read = new List<string>();
        for (var final = false; ;)
        {
            while (splitter.TryRead(final, out var record))
            {
                var piece = splitter.Bytes(record);
                read.Add(bytes ? $"{record.Fault}:{Encoding.Latin1.GetString(piece)}" : Encoding.UTF8.GetString(piece));
                each?.Invoke(splitter);
            }

            if (final) return read;
            var size = seed < 0 ? rest.Length : Math.Min(rest.Length, random.Next(1, 6));
            rest[..size].CopyTo(splitter.GetMemory().Span);
            splitter.Advance(size);
            rest = rest[size..];
            final = rest.IsEmpty && (seed < 0 || random.Next(2) == 0);
        }
    }
}
