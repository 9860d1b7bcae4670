// Rows as lines in a file or in the files of a folder: appended epoch by epoch, or in Complete mode replaced by the last table.
// The format is a parameter; everything about epochs, crashes and folders is the same for text, JSON lines and CSV.
using System.Diagnostics.CodeAnalysis;
using StreamLinq.Embedded;

namespace StreamLinq.Sinks;

[SuppressMessage("Design", "CA1001", Justification = "A sink is a description and is not disposed; a semaphore without a wait handle holds nothing.")]
internal sealed class FileSink<T>(string kind, FileTarget target, FileSinkOptions options, SinkFeatures features, int[] partitionBy, Func<SinkContext, IRowFormat<T>> format) : IStreamSink<T>
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<(Guid Query, Guid Run), Shared> _open = [];

    public string Description => $"{kind} in {target.Description}";

    public SinkFeatures Features => features;

    // How many bytes of an epoch a writer keeps in memory before it appends them.
    internal long BufferedBytes { get; set; } = 4 << 20;

    // How large the manifest grows before it is written anew.
    internal long ManifestBytes { get; set; } = ManifestFile.DefaultRewriteBytes;

    // The folder on a disk, or what stands in for it in a test.
    internal Func<string, IStorage> Storage { get; set; } = root => new FileStorage(root);

    public async ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var rows = format(context);
        if (context.Mode == OutputMode.Complete && !features.HasFlag(SinkFeatures.Replaces)) throw new NotSupportedException($"{Description}: a table in partition folders cannot be replaced as a whole.");

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var run = (context.QueryId, context.RunId);
            if (!_open.TryGetValue(run, out var shared))
            {
                shared = context.Mode == OutputMode.Complete
                    ? new Shared(null, new ReplacedFile(target, rows.Header))
                    : new Shared(await EpochFiles.OpenAsync(Storage(target.Root), target, options, rows.Header, context, ManifestBytes, cancellationToken).ConfigureAwait(false), null);
                _open[run] = shared;
            }
            shared.Writers++;
            return shared.Replaced is { } replaced
                ? new ReplaceWriter<T>(replaced, rows, context.Partition, () => CloseAsync(run))
                : new AppendWriter<T>(shared.Appended!, rows, partitionBy, target.IsFolder ? Math.Min(BufferedBytes, options.MaxFileBytes) : BufferedBytes, context.LastCommittedEpoch, () => CloseAsync(run));
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask CloseAsync((Guid Query, Guid Run) run)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            var shared = _open[run];
            if (--shared.Writers > 0) return;
            _open.Remove(run);
            shared.Replaced?.Dispose();
            if (shared.Appended is { } files) await files.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    // The writers of all partitions of one run write the same files.
    private sealed class Shared(EpochFiles? appended, ReplacedFile? replaced)
    {
        internal EpochFiles? Appended { get; } = appended;

        internal ReplacedFile? Replaced { get; } = replaced;

        internal int Writers { get; set; }
    }
}
