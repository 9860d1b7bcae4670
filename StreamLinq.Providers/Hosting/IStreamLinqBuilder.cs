// What AddStreamLinq gives back, so that queries and listeners are added in one chain.
using Microsoft.Extensions.DependencyInjection;

namespace StreamLinq;

/// <summary>Adds queries and listeners to the engine of a container.</summary>
public interface IStreamLinqBuilder
{
    /// <summary>The services everything is added to.</summary>
    IServiceCollection Services { get; }
}

internal sealed record StreamLinqBuilder(IServiceCollection Services) : IStreamLinqBuilder;
