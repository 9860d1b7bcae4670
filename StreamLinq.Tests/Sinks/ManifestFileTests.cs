// The manifest of a file sink: what a crash leaves of it is cut off, what is damaged is refused, and it stays small.
using System.Text;
using NUnit.Framework;
using StreamLinq.Embedded;
using StreamLinq.Sinks;
using static StreamLinq.Tests.Sinks.SinkRun;

namespace StreamLinq.Tests.Sinks;

public class ManifestFileTests
{
    private static readonly FileTarget Folder = new("/data/out", "rows.txt", IsFolder: true);

    private static readonly FileTarget File = new("/data", "out.txt", IsFolder: false);

    [Test]
    public void A_record_torn_at_any_byte_is_cut_off()
    {
        var whole = Bytes(Start(), Made(1), Epoch(0, 1, 10));
        var torn = ManifestFile.Encode(Epoch(1, 1, 20));
        for (var length = 0; length < torn.Length; length++)
        {
            var manifest = Load([.. whole, .. torn[..length]], committed: 0)!;
            Assert.That(manifest.LengthAfter(long.MaxValue, 1), Is.EqualTo(10), $"torn after {length} bytes");
        }

        Assert.That(Load([.. whole, .. torn], committed: 0)!.LengthAfter(long.MaxValue, 1), Is.EqualTo(20));
    }

    [Test]
    public void A_flipped_bit_is_refused_or_does_not_matter()
    {
        // All but the last record are committed; that one no committed epoch needs, which its head says up to the checksum of the rest.
        var bytes = Bytes(Start(), Made(1), Epoch(0, 1, 10), Epoch(1, 1, 20), new ManifestRecord { Finished = [1] });
        var last = bytes.Length - ManifestFile.Encode(new ManifestRecord { Finished = [1] }).Length;
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            if (bit / 8 >= last + ManifestFile.HeadBytes - sizeof(uint)) Assert.That(Load(bytes, committed: 1)!.LengthAfter(1, 1), Is.EqualTo(20), $"bit {bit}");
            else Assert.That(Assert.Throws<StreamLinqException>(() => Load(bytes, committed: 1))!.Code, Is.EqualTo("SLQ2033"), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Test]
    public void A_zeroed_end_is_refused_where_a_committed_epoch_was()
    {
        var bytes = Bytes(Start(), Made(1), Epoch(0, 1, 10), Epoch(1, 1, 20));
        bytes.AsSpan(bytes.Length - 60).Clear();
        Assert.That(Assert.Throws<StreamLinqException>(() => Load(bytes, committed: 1))!.Code, Is.EqualTo("SLQ2033"));
    }

    [Test]
    public void The_record_of_a_committed_epoch_is_not_taken_for_a_torn_one()
    {
        var bytes = Bytes(Start(), Made(1), Epoch(0, 1, 10), Epoch(1, 1, 20));
        bytes[^1] ^= 1;
        Assert.That(Load(bytes, committed: 0)!.LengthAfter(long.MaxValue, 1), Is.EqualTo(10));
        Assert.That(Assert.Throws<StreamLinqException>(() => Load(bytes, committed: 1))!.Message, Is.EqualTo(
            $"SLQ2033: The list of epochs {Folder.ManifestPath} cannot be read: the record at byte {Bytes(Start(), Made(1), Epoch(0, 1, 10)).Length} is not as it was written. "
            + "Without it nobody knows which rows of /data/out are committed; write to another place, or move both away and start the query anew."));
    }

    private static IEnumerable<TestCaseData> Unreadable()
    {
        yield return Case("An_empty_manifest_is_refused", [], "it is empty");
        yield return Case("A_manifest_of_an_earlier_version_is_refused", Encoding.UTF8.GetBytes("""{"query":"6f1c1a52-0d0c-4b0e-9f6e-0d7a4f1b2c3d","dropped":-1,"epochs":[]}"""), "it has the format of an earlier version of StreamLinq");
        yield return Case("A_manifest_without_its_beginning_is_refused", Bytes(Epoch(0, 1, 10)), "the record at byte 0 is not the one that belongs there");
        yield return Case("A_torn_beginning_is_refused", Bytes(Start())[..^1], "the record at byte 0 is not as it was written");
        yield return Case("A_folder_leading_elsewhere_is_refused", Bytes(Start(), Made(1, "../other")), "it names a file in '../other' with the number 1, which this sink does not write");
        yield return Case("A_folder_leading_elsewhere_behind_an_equals_sign_is_refused", Bytes(Start(), Made(1, "a=1/..")), "it names a file in 'a=1/..' with the number 1, which this sink does not write");
        yield return Case("A_number_of_no_folder_is_refused", Bytes(Start(), Made(0)), "it names a file in '' with the number 0, which this sink does not write");
        yield return Case("A_negative_length_is_refused", Bytes(Start(), Made(1), Epoch(0, 1, -5)), "it gives the file with the number 1 a length that cannot be");
        yield return Case("A_negative_beginning_is_refused", Bytes(Start(), new ManifestRecord { Files = [new ManifestEntry(1, "", 0, -1)] }), "it gives the file with the number 1 a length that cannot be");

        static TestCaseData Case(string name, byte[] bytes, string why) => new TestCaseData(bytes, why).SetName(name);
    }

    [TestCaseSource(nameof(Unreadable))]
    public void Refused(byte[] bytes, string why) =>
        Assert.That(Assert.Throws<StreamLinqException>(() => Load(bytes, committed: 0))!.Message, Does.StartWith($"SLQ2033: The list of epochs {Folder.ManifestPath} cannot be read: {why}. "));

    [Test]
    public void Records_that_do_not_fit_together_are_refused()
    {
        foreach (var record in new[] { Epoch(0, 7, 10), Made(1), new ManifestRecord { Finished = [7] } })
            Assert.That(Assert.Throws<StreamLinqException>(() => Load(Bytes(Start(), Made(1), record), committed: 0))!.Code, Is.EqualTo("SLQ2033"));
    }

    [Test]
    public void A_manifest_of_a_later_version_is_refused()
    {
        var bytes = Bytes(Start());
        bytes[4]++;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), Crc32C.Of(bytes.AsSpan(0, 16)));
        Assert.That(Assert.Throws<StreamLinqException>(() => Load(bytes, committed: 0))!.Message, Does.Contain("it was written by a later version of StreamLinq"));
    }

    [Test]
    public void A_record_of_any_length_is_read()
    {
        for (var length = 0; length < 300; length++)
            Assert.That(Load(Bytes(Start() with { Files = [new ManifestEntry(1, "a=" + new string('x', length), 0, 5)] }), committed: 0)!.LengthAfter(0, 1), Is.EqualTo(5));
    }

    [Test]
    public void One_file_has_one_entry_only() =>
        Assert.That(Assert.Throws<StreamLinqException>(() => Load(Bytes(Start(), Made(1)), committed: 0, File))!.Code, Is.EqualTo("SLQ2033"));

    [Test]
    public async Task It_stays_small_however_many_epochs_there_are()
    {
        var storage = new MemoryStorage();
        var sink = (FileSink<string>)StreamSink.Text("/data/out/", new FileSinkOptions { MaxFileBytes = 300 });
        (sink.Storage, sink.ManifestBytes) = (_ => storage, 2000);
        long longest = 0;
        await using (var writer = await sink.OpenAsync())
        {
            for (var epoch = 0; epoch < 500; epoch++)
            {
                await writer.InsertAsync(epoch, $"row {epoch}");
                using var file = storage.Open("_epochs", create: false);
                longest = Math.Max(longest, file!.Length);
            }
        }

        Assert.That(longest, Is.InRange(1900, 2200));
        Assert.That(Load(storage, committed: 499)!.Files.Values.Select(f => f.IsFinished), Is.All.True);
    }

    private static EpochManifest? Load(MemoryStorage storage, long committed, FileTarget? target = null) => ManifestFile.Load(storage, target ?? Folder, _ => committed);

    private static EpochManifest? Load(byte[] bytes, long committed, FileTarget? target = null)
    {
        var storage = new MemoryStorage();
        using (var file = storage.Open((target ?? Folder).ManifestName, create: true)!) file.Write(0, bytes);
        return Load(storage, committed, target);
    }

    private static byte[] Bytes(params ManifestRecord[] records) => [.. records.SelectMany(ManifestFile.Encode)];

    private static ManifestRecord Start() => new() { Query = Query, Dropped = -1, Next = 1, Files = [] };

    private static ManifestRecord Made(long number, string folder = "") => new() { Files = [new ManifestEntry(number, folder, 0)] };

    private static ManifestRecord Epoch(long epoch, long number, long length) => new() { Epoch = epoch, Lengths = [new ManifestLength(number, length)] };
}
