// A checkpoint that somebody has prepared: whatever names it holds, nothing is loaded because of them; and one that a later version wrote is refused as such.
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Faults;

[TestFixture]
public sealed class HostileCheckpointTests
{
    private const string Type = "Hostile.Payload, Hostile, Version=1.0.0.0";

    private static readonly string[] Parts =
    [
        "\"Version\":", "\"Query\":", "\"Operators\":", "\"Name\":", "\"Schema\":", "\"Layout\":", "\"Base\":", "\"Files\":",
    ];

    [Test]
    public async Task No_type_is_loaded_because_the_manifest_or_a_plan_names_it()
    {
        var storage = new MemoryStorage();
        var query = new KeptQuery(cutsBack: false);
        await query.LiveAsync(storage, folds: true);
        var asked = new List<string>();
        ResolveEventHandler note = (_, args) =>
        {
            if (args.Name.Contains("Hostile", StringComparison.Ordinal)) lock (asked) asked.Add(args.Name);
            return null;
        };
        AppDomain.CurrentDomain.AssemblyResolve += note;
        AppDomain.CurrentDomain.TypeResolve += note;
        try
        {
            foreach (var part in Parts)
            {
                await RightOrRefusedAsync(query, KeptQuery.Copy(storage, "manifest.json", file => Manifest(file, body => body.Replace(part, $"\"$type\":\"{Type}\",{part}", StringComparison.Ordinal))), part);
                await RightOrRefusedAsync(query, KeptQuery.Copy(storage, "manifest.json", file => Manifest(file, body => body.Replace(part, $"{part}{{\"$type\":\"{Type}\",\"$value\":1}},\"Other\":", StringComparison.Ordinal))), part);
            }

            foreach (var name in new[] { "Source", "Sources", "Partition", "Position", "Plan", "Watermarks" })
                await RightOrRefusedAsync(query, KeptQuery.Copy(storage, "epochs.log", log => Records(log, json => json.Replace($"\"{name}\":", $"\"$type\":\"{Type}\",\"{name}\":", StringComparison.Ordinal))), name);
        }
        finally
        {
            AppDomain.CurrentDomain.AssemblyResolve -= note;
            AppDomain.CurrentDomain.TypeResolve -= note;
        }

        Assert.That(asked, Is.Empty);
    }

    [Test]
    public async Task A_record_of_a_later_version_is_refused_as_such()
    {
        var storage = new MemoryStorage();
        await new KeptQuery(cutsBack: false).LiveAsync(storage);
        var later = KeptQuery.Copy(storage, "epochs.log", log => Records(log, json => json, version: 2));
        var refused = Assert.ThrowsAsync<StreamLinqException>(() => new KeptQuery(cutsBack: false).LiveAsync(later))!;
        Assert.That(refused.Message, Does.StartWith("SLQ2044: The checkpoint in 'memory' has format 2; this version of StreamLinq reads up to 1."));
        later = KeptQuery.Copy(storage, "manifest.json", file => Manifest(file, body => body.Replace("\"Version\":1", "\"Version\":2", StringComparison.Ordinal)));
        refused = Assert.ThrowsAsync<StreamLinqException>(() => new KeptQuery(cutsBack: false).LiveAsync(later))!;
        Assert.That(refused.Code, Is.EqualTo("SLQ2044"));
    }

    private static async Task RightOrRefusedAsync(KeptQuery query, MemoryStorage storage, string what)
    {
        string? wrong;
        try
        {
            wrong = await new KeptQuery(cutsBack: false) { Sink = query.Sink.Copy(cutsBackNow: false) }.EndsRightAsync(storage);
        }
        catch (StreamLinqException refused)
        {
            wrong = refused.Code is "SLQ2042" or "SLQ2043" or "SLQ1013" ? null : refused.ToString();
        }

        Assert.That(wrong, Is.Null, what);
    }

    // The manifest is {"Crc32C":"…","Manifest":…}: the change gets a checksum that fits.
    private static byte[] Manifest(byte[] file, Func<string, string> change)
    {
        const string Middle = "\"Manifest\":";
        var text = Encoding.UTF8.GetString(file);
        var start = text.IndexOf(Middle, StringComparison.Ordinal) + Middle.Length;
        var body = change(text[start..^1]);
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"Crc32C\":\"{Crc32C.Of(Encoding.UTF8.GetBytes(body)):x8}\",{Middle}{body}}}"));
    }

    // A record is its length, its checksum, a version and JSON.
    private static byte[] Records(byte[] log, Func<string, string> change, byte version = 1)
    {
        var result = new List<byte>();
        for (var at = 0; at < log.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(log.AsSpan(at));
            byte[] content = [version, .. Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(log, at + 9, length - 1)))];
            var head = new byte[8];
            BinaryPrimitives.WriteInt32LittleEndian(head, content.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(4), Crc32C.Of(content));
            result.AddRange(head);
            result.AddRange(content);
            at += 8 + length;
        }

        return [.. result];
    }
}
