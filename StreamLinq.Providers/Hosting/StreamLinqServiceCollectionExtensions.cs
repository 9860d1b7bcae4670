// AddStreamLinq: one engine in the container, and queries that the host starts and stops.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using StreamLinq.Hosting;

namespace StreamLinq;

/// <summary>Puts StreamLinq into a container and its queries under a host.</summary>
public static class StreamLinqServiceCollectionExtensions
{
    /// <summary>
    /// Adds one engine (<see cref="IStreamEngine"/>, a singleton) and the hosted service that runs the queries added with <c>AddQuery</c>.
    /// The engine logs to the container's loggers and uses its <see cref="TimeProvider"/> if there is one, unless the options say otherwise. Calling it again changes nothing but adds its settings.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the engine's options; they can also be set with <c>services.Configure&lt;StreamEngineOptions&gt;</c>. Null: the defaults.</param>
    public static IStreamLinqBuilder AddStreamLinq(this IServiceCollection services, Action<StreamEngineOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddLogging();
        if (services.All(s => s.ImplementationType != typeof(EngineDefaults))) services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<StreamEngineOptions>, EngineDefaults>());
        var options = services.AddOptions<StreamEngineOptions>();
        if (configure is not null) options.Configure(configure);
        services.TryAddSingleton<IStreamEngine>(static provider =>
        {
            var engine = new StreamEngine(provider.GetRequiredService<IOptions<StreamEngineOptions>>().Value);
            foreach (var listener in provider.GetServices<IStreamingQueryListener>()) engine.AddListener(listener);
            return engine;
        });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HostedQueries>());
        return new StreamLinqBuilder(services);
    }

    /// <summary>
    /// Adds a query that the host runs: it starts with the host without holding it up, and stops after its running epoch within the host's shutdown timeout. A query whose input ends is done; the host goes on.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The query's name, unique among those of the host (SLQ2060).</param>
    /// <param name="output">Makes the query with its sink, once per host; a new start after a failure uses the same.</param>
    /// <param name="configure">Sets how it runs and what its failure means; null: the defaults.</param>
    public static IStreamLinqBuilder AddQuery(this IStreamLinqBuilder builder, string name, Func<IServiceProvider, StreamOutput> output, Action<HostedQueryOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        return builder.AddQuery(name, IReadOnlyList<StreamOutput> (services) => [output(services)], configure);
    }

    /// <summary>Adds several outputs that the host runs as one query: they commit one epoch together.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The query's name, unique among those of the host (SLQ2060).</param>
    /// <param name="outputs">Makes the outputs, once per host; a new start after a failure uses the same.</param>
    /// <param name="configure">Sets how it runs and what its failure means; null: the defaults.</param>
    public static IStreamLinqBuilder AddQuery(this IStreamLinqBuilder builder, string name, Func<IServiceProvider, IReadOnlyList<StreamOutput>> outputs, Action<HostedQueryOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(outputs);
        var options = new HostedQueryOptions();
        configure?.Invoke(options);
        builder.Services.AddSingleton(_ => new HostedQuery(name, outputs, options));
        return builder;
    }

    /// <summary>Tells a listener, made by the container once, of every query of the engine. It must not ask the container for the engine, which is made after it; each call gives it the query.</summary>
    /// <typeparam name="T">The listener. Adding it twice is adding it once.</typeparam>
    public static IStreamLinqBuilder AddListener<T>(this IStreamLinqBuilder builder) where T : class, IStreamingQueryListener
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<T>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IStreamingQueryListener, T>(static services => services.GetRequiredService<T>()));
        return builder;
    }
}
