// The keys of records: from a function of the user, or the members that hold a table's key.
using System.Linq.Expressions;
using Confluent.Kafka;

namespace StreamLinq.Kafka;

internal static class RecordKeys
{
    internal static Func<T, byte[]?> Of<T, TKey>(Func<T, TKey> key, ISerializer<TKey> serializer, string topic)
    {
        var context = new SerializationContext(MessageComponentType.Key, topic);
        return row => key(row) is { } value ? serializer.Serialize(value, context) : null;
    }

    /// <summary>One member as it is, several as a JSON object in their order.</summary>
    internal static Func<T, byte[]?> OfMembers<T>(IReadOnlyList<string> members, string topic, string place)
    {
        var row = Expression.Parameter(typeof(T), "row");
        try
        {
            if (members is [var only])
            {
                var member = Expression.PropertyOrField(row, only);
                var make = typeof(RecordKeys).GetMethod(nameof(OfMember), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!.MakeGenericMethod(typeof(T), member.Type);
                return make.CreateDelegate<Func<LambdaExpression, string, Func<T, byte[]?>>>()(Expression.Lambda(member, row), topic);
            }

            var getters = members.Select(name => Expression.Lambda<Func<T, object?>>(Expression.Convert(Expression.PropertyOrField(row, name), typeof(object)), row).Compile()).ToArray();
            return Of<T, Dictionary<string, object?>>(r => members.Select((name, i) => (name, Value: getters[i](r))).ToDictionary(m => JsonName(m.name), m => m.Value, StringComparer.Ordinal), KafkaFormat.Json<Dictionary<string, object?>>(), topic);
        }
        catch (ArgumentException)
        {
            throw KafkaErrors.NoKey(place);
        }
    }

    private static Func<T, byte[]?> OfMember<T, TKey>(LambdaExpression key, string topic) => Of(((Expression<Func<T, TKey>>)key).Compile(), KafkaFormat.Of<TKey>(), topic);

    private static string JsonName(string member) => JsonDefaults.Options.PropertyNamingPolicy!.ConvertName(member);
}
