// A processor threw. State has changed by then, so no policy can leave the row out.
namespace StreamLinq.Embedded;

/// <summary>OnRow or OnTimer threw. The runtime adds query and epoch.</summary>
internal sealed class ProcessorFailureException(string origin, string call, string key, string place, Exception inner)
    : Exception($"{origin} threw {inner.GetType().Name} ('{inner.Message}') in {call} for the key {key}, {place}", inner);
