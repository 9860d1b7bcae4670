// A checkpoint that a query has closed is damaged in every file: bits flipped, pages zeroed, files cut and lost. The answer is right in the end, from an earlier consistent point, or the start is refused; it is never wrong.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Faults;

[TestFixture]
public sealed class DamagedCheckpointTests
{
    private const int Page = 4096;

    private static readonly bool Long = Environment.GetEnvironmentVariable("STREAMLINQ_LONG") == "1";

    private static readonly string[] Refusals = ["SLQ2041", "SLQ2042", "SLQ2044"];

    [Test]
    public async Task A_flipped_bit_anywhere_is_found()
    {
        var (storage, sink) = await ClosedAsync();
        var random = new Random(1);
        var cases = new List<(string Name, int At, int Bit)>();
        foreach (var (name, length) in Files(storage))
        {
            var step = Long ? length <= 8000 ? 1 : 17 : Math.Max(1, length / 25);
            for (var at = 0; at < length; at += step) cases.Add((name, Math.Min(length - 1, at + random.Next(step)), random.Next(8)));
        }

        await TryAsync(storage, sink, cases, (item, bytes) =>
        {
            bytes[item.At] ^= (byte)(1 << item.Bit);
            return bytes;
        }, item => item.Name);
    }

    [Test]
    public async Task A_zeroed_page_is_found()
    {
        var (storage, sink) = await ClosedAsync();
        var cases = from file in Files(storage) from tail in new[] { 1, 100, 512, 700, 1100, 2000, Page, (file.Length - 1) % Page + 1, file.Length } where tail <= file.Length select (file.Name, Tail: tail);
        await TryAsync(storage, sink, [.. cases], (item, bytes) =>
        {
            bytes.AsSpan(bytes.Length - item.Tail).Clear();
            return bytes;
        }, item => item.Name);
    }

    [Test]
    public async Task A_file_cut_at_any_byte_is_found()
    {
        var (storage, sink) = await ClosedAsync();
        var cases = new List<(string Name, int Length)>();
        foreach (var (name, length) in Files(storage))
        {
            var step = Long ? length <= 8000 ? 1 : 61 : Math.Max(1, length / 25);
            for (var to = 0; to < length; to += step) cases.Add((name, to));
        }

        await TryAsync(storage, sink, cases, (item, bytes) => bytes[..item.Length], item => item.Name);
    }

    [Test]
    public async Task A_lost_file_is_found()
    {
        var (storage, sink) = await ClosedAsync();
        await KeptQuery.TryAllAsync([.. Files(storage)], file =>
        {
            var damaged = KeptQuery.Copy(storage);
            damaged.Delete(file.Name);
            return RightOrRefusedAsync(damaged, sink);
        });
    }

    private static Task TryAsync<T>(MemoryStorage storage, Ledger<Answer> sink, IReadOnlyList<T> cases, Func<T, byte[], byte[]> damage, Func<T, string> name) =>
        KeptQuery.TryAllAsync(cases, item => RightOrRefusedAsync(KeptQuery.Copy(storage, name(item), bytes => damage(item, bytes)), sink));

    private static async Task<string?> RightOrRefusedAsync(MemoryStorage damaged, Ledger<Answer> sink)
    {
        try
        {
            // Of the two kinds of sinks this one keeps what it has and so relies on epochs that come again as they were.
            return await new KeptQuery(cutsBack: false) { Sink = sink.Copy(cutsBackNow: false) }.EndsRightAsync(damaged);
        }
        catch (StreamLinqException refused) when (Refusals.Contains(refused.Code))
        {
            return refused.Message.Contains("backup", StringComparison.Ordinal) || refused.Code == "SLQ2044" ? null : $"it does not say what to do: {refused.Message}";
        }
    }

    // With a base and with deltas that are not folded.
    private static async Task<(MemoryStorage Storage, Ledger<Answer> Sink)> ClosedAsync()
    {
        var storage = new MemoryStorage();
        var query = new KeptQuery(cutsBack: false);
        await query.LiveAsync(storage, folds: true);
        Assert.That(Files(storage).Select(f => f.Name[..4]).Distinct(), Is.EquivalentTo(new[] { "base", "delt", "epoc", "mani" }));
        return (storage, query.Sink);
    }

    private static IEnumerable<(string Name, int Length)> Files(MemoryStorage storage)
    {
        foreach (var name in storage.List(""))
        {
            using var file = storage.Open(name, create: false)!;
            if (file.Length > 0) yield return (name, (int)file.Length);
        }
    }
}
