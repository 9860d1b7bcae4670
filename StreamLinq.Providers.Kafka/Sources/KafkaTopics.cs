// Which topics are read: named ones, or all whose names match a pattern.
using System.Text.RegularExpressions;

namespace StreamLinq;

/// <summary>Topics to read. A string, or an array of strings, names them.</summary>
public sealed class KafkaTopics
{
    private KafkaTopics(IReadOnlyList<string> names, Regex? pattern, string text) => (Names, Pattern, Text) = (names, pattern, text);

    internal IReadOnlyList<string> Names { get; }

    internal Regex? Pattern { get; }

    private string Text { get; }

    /// <summary>These topics, which must exist.</summary>
    /// <param name="names">Their names; one at least.</param>
    /// <exception cref="ArgumentException">There is none, one is empty, or one comes twice.</exception>
    public static KafkaTopics Of(params IEnumerable<string> names)
    {
        string[] all = [.. names];
        if (all.Length == 0 || Array.Exists(all, string.IsNullOrWhiteSpace) || all.Distinct(StringComparer.Ordinal).Count() < all.Length)
            throw new ArgumentException("Name at least one topic, and each once.", nameof(names));
        return new KafkaTopics(all, null, all.Length == 1 ? $"topic {all[0]}" : $"topics {string.Join(", ", all)}");
    }

    /// <summary>All topics whose whole name matches a regular expression, those too that are created while the query runs. Internal topics (__name) are left out.</summary>
    /// <param name="pattern">The expression; without back references and look-around, so that no name can make it slow.</param>
    /// <exception cref="ArgumentException">It is no such expression.</exception>
    public static KafkaTopics Matching(string pattern)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        try
        {
            return new KafkaTopics([], new Regex($"^(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)), $"topics matching {pattern}");
        }
        catch (NotSupportedException error)
        {
            throw new ArgumentException(error.Message, nameof(pattern), error);
        }
    }

    /// <summary>One topic.</summary>
    /// <param name="name">Its name.</param>
    public static implicit operator KafkaTopics(string name) => Of(name);

    /// <summary>Several topics.</summary>
    /// <param name="names">Their names.</param>
    public static implicit operator KafkaTopics(string[] names) => Of(names);

    /// <summary>One topic.</summary>
    /// <param name="name">Its name.</param>
    public static KafkaTopics FromString(string name) => Of(name);

    /// <inheritdoc />
    public override string ToString() => Text;
}
