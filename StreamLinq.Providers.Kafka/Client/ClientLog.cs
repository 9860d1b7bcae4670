// What librdkafka has to say goes to the logger that the user gave, and to nobody otherwise: by itself it would write to the console.
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamLinq.Kafka;

internal static partial class ClientLog
{
    internal static void Write(ILogger? logger, LogMessage message)
    {
        if (logger is not null) Said(logger, (LogLevel)message.LevelAs(LogLevelType.MicrosoftExtensionsLogging), message.Name, message.Facility, message.Message);
    }

    [LoggerMessage(EventId = 4001, Message = "{Client} {Facility}: {Text}")]
    private static partial void Said(ILogger logger, LogLevel level, string client, string facility, string text);
}
