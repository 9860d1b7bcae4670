// Signatures of what StreamLinq.Providers offers, for queries compiled before (or without) it: each is added only if the real type does not exist.
namespace StreamLinq.Tests.Language;

internal static class ProviderStubs
{
    private const string Usings = "using System.Threading.Channels;\nusing Microsoft.Extensions.DependencyInjection;\n";

    private static readonly (string Type, string Text)[] All =
    [
        ("StreamLinq.StreamSource", """
            namespace StreamLinq;
            public static class StreamSource
            {
                public static IStreamQueryable<T, AppendOnly> From<T>(IStreamSource<T> source, string? name = null) => throw null!;
                public static IStreamQueryable<T, AppendOnly> From<T>(IAsyncEnumerable<T> rows, string? name = null) => throw null!;
                public static IStreamQueryable<TextLine, AppendOnly> Text(string path) => throw null!;
                public static IStreamQueryable<TextLine, AppendOnly> Socket(string host, int port) => throw null!;
            }
            public sealed record TextLine(string Text, string Origin, long Number, DateTimeOffset ReadAt);
            """),
        ("StreamLinq.MemorySource`1", """
            namespace StreamLinq;
            public sealed class MemorySource<T> : IStreamSource<T>
            {
                public string Description => "memory"; public bool IsReplayable => true;
                public ValueTask<IStreamReader<T>> OpenAsync(SourceContext context, CancellationToken cancellationToken) => throw null!;
            }
            """),
        ("StreamLinq.StreamSink", """
            namespace StreamLinq;
            public static class StreamSink
            {
                public static IStreamSinkFactory Console(int rows = 20) => throw null!;
                public static IStreamSinkFactory JsonLines(string directory, params string[] partitionBy) => throw null!;
                public static IStreamSinkFactory Csv(string directory, params string[] partitionBy) => throw null!;
            }
            """),
        ("StreamLinq.BatchProvider", """
            namespace StreamLinq;
            public static class BatchProvider
            {
                public static BatchQuery<T> Over<T, S>(this IStreamQueryable<T> query, IEnumerable<S> rows) => throw null!;
                public static BatchQuery<T> Over<T, S>(this IStreamQueryable<T> query, IStreamQueryable<S> source, IEnumerable<S> rows) => throw null!;
            }
            public sealed class BatchQuery<T>
            {
                public BatchQuery<T> Over<S>(IStreamQueryable<S> source, IEnumerable<S> rows) => throw null!;
                public IReadOnlyList<T> ToList() => throw null!;
            }
            """),
        ("StreamLinq.StreamEngine", """
            namespace StreamLinq;
            public sealed class StreamEngine : IStreamEngine
            {
                public TimeProvider TimeProvider => throw null!;
                public Task<StreamingQuery> StartAsync(StreamOutput output, StreamingQueryOptions? options = null, CancellationToken cancellationToken = default) => throw null!;
                public Task<StreamingQuery> StartAsync(IReadOnlyList<StreamOutput> outputs, StreamingQueryOptions? options = null, CancellationToken cancellationToken = default) => throw null!;
                public IReadOnlyList<StreamingQuery> ActiveQueries => throw null!;
                public IDisposable AddListener(IStreamingQueryListener listener) => throw null!;
                public ValueTask DisposeAsync() => default;
            }
            """),
        ("StreamLinq.StreamLinqServiceCollectionExtensions", """
            namespace StreamLinq;
            public sealed class StreamEngineOptions { public int Workers { get; set; } public string? CheckpointRoot { get; set; } }
            public interface IStreamLinqBuilder;
            public static class StreamLinqServiceCollectionExtensions
            {
                public static IStreamLinqBuilder AddStreamLinq(this IServiceCollection services, Action<StreamEngineOptions>? configure = null) => throw null!;
                public static IStreamLinqBuilder AddQuery(this IStreamLinqBuilder builder, string name, Func<IServiceProvider, StreamOutput> output, StreamingQueryOptions? options = null) => throw null!;
            }
            """),
        ("StreamLinq.StreamTestHarness", """
            namespace StreamLinq;
            public sealed class StreamTestHarness : IAsyncDisposable
            {
                public StreamTestHarness(DateTimeOffset? start = null) => _ = start;
                public TestSource<T> Source<T>(string? name = null) => throw null!;
                public Task<TestOutput<T>> StartAsync<T>(IStreamQueryable<T, AppendOnly> stream) => throw null!;
                public Task CrashAndRecoverAsync() => throw null!;
                public ValueTask DisposeAsync() => default;
            }
            public sealed class TestSource<T> { public IStreamQueryable<T, AppendOnly> Rows => throw null!; public Task EpochAsync(params T[] rows) => throw null!; public Task CompleteAsync() => throw null!; }
            public sealed class TestOutput<T> { public IReadOnlyList<Change<T>> Take() => throw null!; }
            """),
    ];

    /// <summary>The stubs of types that no referenced assembly has, and the namespace that older examples name.</summary>
    internal static IEnumerable<(string Name, string Text)> Missing()
    {
        var real = TestCompiler.Compile([]);
        return All.Where(s => real.GetTypeByMetadataName(s.Type) is null).Select(s => (s.Type + ".stub", Usings + s.Text)).Append(("Testing.stub", "namespace StreamLinq.Testing { internal static class Nothing; }"));
    }
}
