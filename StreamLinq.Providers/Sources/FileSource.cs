// A file or a folder of files as a source; which of the two the path names is found out when it is opened.
namespace StreamLinq.Sources;

internal sealed class FileSource<T> : IStreamSource<T>
{
    private readonly string _path;
    private readonly FileInput<T> _input;

    internal FileSource(string path, RecordFormat<T> format, FileSourceOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options.Validate();
        _path = options.Store is null ? Path.GetFullPath(path) : path;
        _input = new FileInput<T>(options.Store ?? LocalFileStore.Instance, format, options);
    }

    public string Description => $"{_input.Format.Word} {_path}";

    public bool IsReplayable => true;

    public async ValueTask<IStreamReader<T>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        var found = await _input.Store.FindAsync(_path, cancellationToken).ConfigureAwait(false) ?? throw SourceErrors.Missing(_path);
        var follow = _input.Options.Follow ?? found.IsFolder;
        return found.IsFolder
            ? new FolderReader<T>(_path, _input, context.TimeProvider, follow ? null : found)
            : new SingleFileReader<T>(_path, _input, context.TimeProvider, follow ? null : found.Files[0].Length);
    }
}
