// A real host around the queries of a test, with what tests ask of it.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace StreamLinq.Tests.Hosting;

internal static class TestHost
{
    internal static IHost Build(Action<IServiceCollection> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Debug);
        configure(builder.Services);
        return builder.Build();
    }

    internal static IStreamEngine Engine(this IHost host) => host.Services.GetRequiredService<IStreamEngine>();

    /// <summary>Waits for something another thread is about to do.</summary>
    internal static Task Until(Func<bool> condition) => Until(() => Task.FromResult(condition()));

    /// <inheritdoc cref="Until(Func{bool})" />
    internal static async Task Until(Func<Task<bool>> condition)
    {
        var end = DateTime.UtcNow.AddSeconds(10);
        while (!await condition())
        {
            if (DateTime.UtcNow > end) throw new TimeoutException("It did not happen within ten seconds.");
            await Task.Delay(5);
        }
    }
}
