// The base: a FasterKV of all entries up to a folded epoch, written only by folds, blindly (no reads), and checkpointed by FoldOver.
// An incremental snapshot would be cheaper and loses updates once the log has outgrown memory, so it is never used.
// Each fold adds to the log, so it is compacted when it has become three times what was live. Segments are deleted here, once the manifest no longer needs
// them, and never by FASTER, which would do it before.
using System.Globalization;
using FASTER.core;

namespace StreamLinq.Embedded;

/// <summary>The base store. One caller at a time.</summary>
internal sealed class BaseStore : IDisposable
{
    internal const string Folder = "base";
    internal const string LogName = "hlog.log";
    internal const string CheckpointFolder = Folder + "/checkpoints";
    private const int OperatorBytes = sizeof(int);
    private const int BytesPerKey = 8;
    private const int BucketBytes = 64;
    private const int MostOverflow = 16;
    private const int SumBufferBytes = 64 << 10;
    private const int BucketEntries = 7;
    private const int SegmentsBeforeCompaction = 4;
    private const int GrowthBeforeCompaction = 3;
    private readonly IStorage _storage;
    private readonly DeviceFailure _failure = new();
    private readonly BlockSums _sums;
    private readonly StorageDevice _device;
    private readonly DeviceLogCommitCheckpointManager _checkpoints;
    private readonly FasterKV<SpanByte, SpanByte> _store;
    private readonly ulong _seed;
    private readonly long _segmentBytes;
    private readonly long _logBytes;
    private StoredBase? _stored;
    private long _overflowBytes;
    private int _shifts;
    private bool _compacting;

    private BaseStore(IStorage storage, CheckpointLayout layout, CheckpointOptions options, ulong seed, StoredBase? stored, bool durable)
    {
        _storage = storage;
        _seed = seed;
        _segmentBytes = layout.SegmentBytes;
        _stored = stored;
        _sums = new BlockSums(storage, Folder, LogName, layout.SegmentBytes);
        // What the run itself has written and nobody reads after it needs no sums, so a read takes its record and not its block.
        _device = new StorageDevice(storage, Folder + "/" + LogName, _failure, durable ? _sums : null, keepsSegments: true, flushes: durable);
        _checkpoints = new DeviceLogCommitCheckpointManager(new StorageDeviceFactory(storage, CheckpointFolder, _failure), new DefaultCheckpointNamingScheme(CheckpointFolder), removeOutdated: false);
        // An index does not grow while the store is open (FASTER would enter every record on the disk twice); what it lacks hangs behind its buckets. Only one that has become far too small is made anew.
        IndexBytes = stored?.IndexBytes ?? options.IndexBytes;
        while (stored is not null && IndexBytes * MostOverflow < stored.Keys * BytesPerKey)
            IndexBytes *= 2;
        Count(stored?.Keys ?? 0);
        _logBytes = (long)layout.PageBytes * options.PagesInMemory;
        _store = new FasterKV<SpanByte, SpanByte>(new FasterKVSettings<SpanByte, SpanByte>
        {
            IndexSize = IndexBytes,
            LogDevice = _device,
            PageSize = layout.PageBytes,
            MemorySize = (long)layout.PageBytes * options.PagesInMemory,
            SegmentSize = layout.SegmentBytes,
            MutableFraction = 0.5,
            EqualityComparer = new SeededKeyComparer(seed),
            ConcurrencyControlMode = ConcurrencyControlMode.None,
            CheckpointManager = _checkpoints,
        });
    }

    /// <summary>The size of the index.</summary>
    internal long IndexBytes { get; }

    /// <summary>What it takes in memory: the index, what has overflowed of it, and the pages at the end of the log.</summary>
    internal long MemoryBytes => IndexBytes + Volatile.Read(ref _overflowBytes) + _logBytes;

    /// <summary>The same if it has so many keys.</summary>
    internal long MemoryOf(long keys) => IndexBytes + OverflowOf(keys) + _logBytes;

    /// <summary>How often the beginning of the log has moved. A read that was under way meanwhile may have missed its record.</summary>
    internal int Shifts => Volatile.Read(ref _shifts);

    /// <summary>Whether live entries are being copied to the end of the log, so that its beginning can move.</summary>
    internal bool IsCompacting => Volatile.Read(ref _compacting);

    /// <summary>Bytes of the log.</summary>
    internal long Bytes => _store.Log.TailAddress - _store.Log.BeginAddress;

    /// <summary>Opens the base as the manifest has it (null: empty), clearing away what a fold that does not count has left.</summary>
    internal static async ValueTask<BaseStore> OpenAsync(IStorage storage, CheckpointLayout layout, CheckpointOptions options, ulong seed, StoredBase? stored, CancellationToken cancellationToken, bool durable = true)
    {
        BaseStore? result = null;
        await storage.RunAsync(Open, cancellationToken).ConfigureAwait(false);
        return result!;

        void Open()
        {
            var store = new BaseStore(storage, layout, options, seed, stored, durable);
            try
            {
                store.DeleteUncounted();
                if (stored is not null)
                    store.Recover(stored);
            }
            catch
            {
                store.Dispose();
                throw;
            }

            result = store;
        }
    }

    /// <summary>Opens a session for writing; it must be disposed before a checkpoint is taken.</summary>
    internal BaseWriter Write() => new(_store);

    /// <summary>Opens a session for reading by key, beside folds.</summary>
    internal BaseReader Read() => new(_store, _device);

    /// <summary>Makes what was written a checkpoint. It counts once the manifest holds the result.</summary>
    internal async ValueTask<StoredBase> CheckpointAsync(long foldedThrough)
    {
        var compactAt = Math.Max(_stored?.CompactAt ?? 0, SegmentsBeforeCompaction * _segmentBytes);
        if (_stored is not null && Bytes > compactAt)
        {
            await _storage.RunAsync(() => Compact(_stored.End), CancellationToken.None).ConfigureAwait(false);
            compactAt = GrowthBeforeCompaction * Bytes;
        }

        FillBlock();
        var tail = _store.Log.TailAddress;
        var begin = _store.Log.BeginAddress;
        // A start reads what the index does not know of, and without an index all of the log. As long as that is less than the index, the index is not worth its writing: each fold would write megabytes for a few changes.
        var (indexToken, indexedUntil) = _stored is { } last && last.IndexToken != Guid.Empty && last.IndexBytes == IndexBytes ? (last.IndexToken, last.IndexedUntil) : (Guid.Empty, begin);
        var withIndex = indexedUntil < begin || tail - indexedUntil > Math.Max(IndexBytes, (indexedUntil - begin) / 4);
        // Neither call is cancelled: FASTER cannot take a checkpoint back half way.
        var (taken, token) = withIndex
            ? await _store.TakeFullCheckpointAsync(CheckpointType.FoldOver, CancellationToken.None).ConfigureAwait(false)
            : await _store.TakeHybridLogCheckpointAsync(CheckpointType.FoldOver, tryIncremental: false, CancellationToken.None).ConfigureAwait(false);
        if (!taken)
            throw new InvalidOperationException("The base is being checkpointed already; a checkpoint has one caller at a time.");
        _failure.ThrowIfFailed();
        StoredBase? result = null;
        await _storage.RunAsync(Describe, CancellationToken.None).ConfigureAwait(false);
        return result!;

        void Describe()
        {
            var end = _store.Log.TailAddress;
            var keys = _store.EntryCount;
            Count(keys);
            _sums.Extend(begin, end);
            if (withIndex)
                (indexToken, indexedUntil) = (token, tail);
            var files = FilesOf(token, indexToken).Select(f => _stored?.Files.FirstOrDefault(s => s.Name == f.Name) ?? f with { Sum = SumOf(f.Name) }).ToList();
            result = new StoredBase(token, indexToken, IndexBytes, indexedUntil, begin, end, compactAt, foldedThrough, keys, files);
        }
    }

    /// <summary>The manifest holds this checkpoint now: older ones go.</summary>
    internal void Counted(StoredBase stored)
    {
        _stored = stored;
        DeleteUncounted();
    }

    /// <summary>Visits every live entry of some operators once, except those the filter leaves out.</summary>
    internal unsafe void Scan(Func<int, bool> isRead, Func<ReadOnlySpan<byte>, bool> isWanted, StateVisitor visit)
    {
        if (_stored is null)
            return;
        // The log holds superseded versions too. The first pass finds the last version of each key, the second visits these.
        var last = new Dictionary<UInt128, long>();
        using (var records = _store.Log.Scan(_store.Log.BeginAddress, _store.Log.TailAddress))
        {
            while (records.GetNext(out var info))
            {
                var key = records.GetKey().AsReadOnlySpan();
                // What fills up blocks has numbers that no operator has.
                if (BitConverter.ToInt32(key) is var id && (id < 0 || !isRead(id)))
                    continue;
                var hash = WideHash(key);
                if (info.Tombstone)
                    last.Remove(hash);
                else
                    last[hash] = records.CurrentAddress;
            }
        }

        _failure.ThrowIfFailed();
        using (var records = _store.Log.Scan(_store.Log.BeginAddress, _store.Log.TailAddress))
        {
            while (records.GetNext(out var info))
            {
                var key = records.GetKey().AsReadOnlySpan();
                if (info.Tombstone || !last.TryGetValue(WideHash(key), out var address) || address != records.CurrentAddress)
                    continue;
                if (isWanted(key))
                    visit(BitConverter.ToInt32(key), key[OperatorBytes..], records.GetValue().AsReadOnlySpan());
            }
        }

        _failure.ThrowIfFailed();
    }

    /// <summary>The key under which an entry is kept.</summary>
    internal static ReadOnlySpan<byte> KeyOf(int operatorId, ReadOnlySpan<byte> key, ref byte[] buffer)
    {
        if (buffer.Length < key.Length + OperatorBytes)
            buffer = new byte[Math.Max(key.Length + OperatorBytes, buffer.Length * 2)];
        BitConverter.TryWriteBytes(buffer, operatorId);
        key.CopyTo(buffer.AsSpan(OperatorBytes));
        return buffer.AsSpan(0, key.Length + OperatorBytes);
    }

    internal void ThrowIfFailed() => _failure.ThrowIfFailed();

    public void Dispose()
    {
        _store.Dispose();
        _checkpoints.Dispose();
        _device.Dispose();
    }

    // Copies what is live below an address to the end of the log, and begins the log there. Each record is looked up in the index; the other way that FASTER has keeps all of them in memory meanwhile.
    private void Compact(long until)
    {
        Volatile.Write(ref _compacting, true);
        try
        {
            _store.Log.Compact<SpanByte, SpanByteAndMemory, Empty, SpanByteFunctions<Empty>>(new SpanByteFunctions<Empty>(), until, CompactionType.Lookup);
        }
        finally
        {
            Interlocked.Increment(ref _shifts);
            Volatile.Write(ref _compacting, false);
        }
    }

    // Brings the log's end to the end of a block, with an entry that is put and removed again in place. One that does not fit the page opens the next page, so it may take two.
    private void FillBlock()
    {
        // A record has 8 bytes of its own, and key and value a length of 4 each; the key is an operator's number, 4 bytes, that no operator has.
        const int Smallest = 24;
        const int Attempts = 3;
        using var writer = Write();
        for (var attempt = 1; _store.Log.TailAddress % BlockSums.BlockBytes != 0; attempt++)
        {
            if (attempt > Attempts)
                throw new InvalidOperationException($"The base's log ends at {_store.Log.TailAddress}, within a block.");
            var room = (int)(BlockSums.BlockBytes - (_store.Log.TailAddress % BlockSums.BlockBytes));
            if (room < Smallest)
                room += BlockSums.BlockBytes;
            writer.Write(-attempt, [], removed: false, new byte[room - Smallest + sizeof(int)]);
            writer.Write(-attempt, [], removed: true, []);
        }
    }

    private void Recover(StoredBase stored)
    {
        Check(stored);
        try
        {
            var index = stored.IndexBytes == IndexBytes ? stored.IndexToken : Guid.Empty;
            _ = _store.Recover(index, stored.LogToken, undoNextVersion: false);
        }
        catch (Exception e) when (e is not StreamLinqException)
        {
            // What FASTER makes of a read that failed is anybody's guess; the failure itself is the one to tell.
            _failure.ThrowIfFailed();
            throw CheckpointErrors.Damaged(_storage.Location, Folder, "FASTER cannot recover it", e);
        }

        _failure.ThrowIfFailed();
    }

    private void Count(long keys) => Volatile.Write(ref _overflowBytes, OverflowOf(keys));

    private long OverflowOf(long keys) => Math.Max(0, (keys * BucketBytes / BucketEntries) - IndexBytes);

    private void Check(StoredBase stored)
    {
        _sums.Load(stored.Begin, stored.End);
        foreach (var file in stored.Files)
        {
            using var open = _storage.Open(file.Name, create: false);
            if (open is null || open.Length != file.Length || SumOf(file.Name) != file.Sum)
                throw CheckpointErrors.Damaged(_storage.Location, file.Name, "the content is not what was written");
        }
    }

    // 128 bits with a secret seed: two keys that share them are not to be expected in the life of a disk.
    private UInt128 WideHash(ReadOnlySpan<byte> key) => new(SeededKeyComparer.Hash(key, _seed), SeededKeyComparer.Hash(key, ~_seed * 0x9E3779B97F4A7C15UL));

    private List<StoredFile> FilesOf(Guid logToken, Guid indexToken)
    {
        var files = new List<StoredFile>();
        foreach (var name in _storage.List(CheckpointFolder))
        {
            if (!IsPartOf(name, logToken, indexToken))
                continue;
            using var open = _storage.Open(name, create: false)!;
            files.Add(new StoredFile(name, open.Length, 0));
        }

        return files;
    }

    private uint SumOf(string name)
    {
        using var open = _storage.Open(name, create: false)!;
        var buffer = new byte[SumBufferBytes];
        var sum = Crc32C.Begin;
        for (long position = 0; position < open.Length; position += buffer.Length)
            sum = Crc32C.Continue(sum, buffer.AsSpan(0, open.Read(position, buffer)));
        return Crc32C.End(sum);
    }

    private void DeleteUncounted()
    {
        foreach (var folder in _storage.List(CheckpointFolder).Select(n => n[..n.LastIndexOf('/')]).Distinct(StringComparer.Ordinal))
        {
            if (_stored is null || !IsPartOf(folder + "/", _stored.LogToken, _stored.IndexToken))
                _storage.DeleteFolder(folder);
        }

        foreach (var name in _storage.List(Folder).Where(IsBeforeBegin))
            _storage.Delete(name);

        bool IsBeforeBegin(string name) =>
            _stored is not null && name.LastIndexOf('/') == Folder.Length && int.TryParse(name[(name.LastIndexOf('.') + 1)..], CultureInfo.InvariantCulture, out var segment)
            && (segment + 1) * _segmentBytes <= _stored.Begin;
    }

    private static bool IsPartOf(string name, Guid logToken, Guid indexToken) =>
        name.StartsWith($"{CheckpointFolder}/cpr-checkpoints/{logToken}/", StringComparison.Ordinal) || name.StartsWith($"{CheckpointFolder}/index-checkpoints/{indexToken}/", StringComparison.Ordinal);
}
