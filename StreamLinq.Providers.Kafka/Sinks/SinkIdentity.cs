// By what a sink is known to the brokers: one name for its transactions and for the group that holds their proof, whatever process writes it.
using System.Globalization;

namespace StreamLinq.Kafka;

internal sealed record SinkIdentity(Guid QueryId, string Name)
{
    internal const string Header = "streamlinq-epoch";

    /// <summary>The transactional id, and the group of the proof.</summary>
    internal string Id => $"streamlinq-{QueryId:N}-{Name}";

    /// <summary>What the header of a record says before the epoch.</summary>
    internal string Prefix => $"{QueryId:N}/{Name}/";

    internal string HeaderText(long epoch) => Prefix + epoch.ToString(CultureInfo.InvariantCulture);

    /// <summary>The epoch of a header; null if it is not of this sink.</summary>
    internal long? EpochOf(string header) =>
        header.StartsWith(Prefix, StringComparison.Ordinal) && long.TryParse(header.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch : null;
}
