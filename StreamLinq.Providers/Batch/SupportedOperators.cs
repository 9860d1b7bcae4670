// Which operators of the language the batch provider runs: those for which BatchOperators, BatchGroupRows or BatchLookups has a method of the same
// name and parameters. The correspondence is found once, on generic method definitions, so that adding an operator is adding a method.
using System.Linq.Expressions;
using System.Reflection;

namespace StreamLinq.Batch;

internal sealed class SupportedOperators
{
    // Kinds whose rows are plain rows here.
    private static readonly Type[] PlainKinds = [typeof(Unwindowed), typeof(AppendOnly), typeof(Table), typeof(OrderedTable), typeof(VersionedTable)];

    // Kinds for which operators need what each row carries.
    private static readonly Dictionary<Type, Type> StampedKinds = new()
    {
        [typeof(EventTime)] = typeof(DateTimeOffset),
        [typeof(Windowed)] = typeof(InWindows),
        [typeof(UpdatingWindowed)] = typeof(InUpdatingWindows),
    };

    private readonly Dictionary<MethodInfo, MethodInfo> _methods = [];

    private SupportedOperators(Type language, Type batch)
    {
        var implementations = batch.GetMethods(BindingFlags.Static | BindingFlags.Public).ToDictionary(Signature);
        foreach (var method in language.GetMethods(BindingFlags.Static | BindingFlags.Public).Where(m => m.GetCustomAttribute<ObsoleteAttribute>() is null))
        {
            if (implementations.TryGetValue(Signature(method), out var implementation))
                _methods.Add(method, implementation);
        }
        var idle = implementations.Values.Except(_methods.Values).FirstOrDefault();
        if (idle is not null)
            throw new InvalidOperationException($"{batch.Name}.{Signature(idle)} corresponds to no operator of {language.Name}.");
    }

    internal static SupportedOperators OfQueries { get; } = new(typeof(StreamQueryable), typeof(BatchOperators));

    internal static SupportedOperators OfGroups { get; } = new(typeof(GroupRows), typeof(BatchGroupRows));

    internal static SupportedOperators OfLookups { get; } = new(typeof(Lookup), typeof(BatchLookups));

    /// <summary>The method over lists that does what the call says.</summary>
    internal MethodInfo For(MethodCallExpression call)
    {
        var method = call.Method.IsGenericMethod ? call.Method.GetGenericMethodDefinition() : call.Method;
        if (!_methods.TryGetValue(method, out var implementation))
            throw new QueryTranslationException("SLQ1100", $"{method.Name} is part of the language but not run by this version yet: leave it out, or use a version that runs it.", call);
        if (!implementation.IsGenericMethodDefinition)
            return implementation;
        var names = Array.ConvertAll(method.GetGenericArguments(), p => p.Name);
        var types = call.Method.GetGenericArguments();
        return implementation.MakeGenericMethod(Array.ConvertAll(implementation.GetGenericArguments(), p => types[Array.IndexOf(names, p.Name)]));
    }

    private static string Signature(MethodInfo method) => $"{method.Name}({string.Join(", ", method.GetParameters().Select(p => Text(p.ParameterType)))})";

    // A type as it is over lists: a query is an IEnumerable, an expression its delegate. Type parameters go by name.
    private static string Text(Type type)
    {
        if (type.IsArray || !type.IsGenericType)
            return type.Name;
        var definition = type.GetGenericTypeDefinition();
        var arguments = type.GetGenericArguments();
        if (definition == typeof(Expression<>))
            return Text(arguments[0]);
        if (definition == typeof(IStreamQueryable<,>) && (arguments[1].IsGenericParameter || PlainKinds.Contains(arguments[1])))
            return Text(typeof(IEnumerable<>).MakeGenericType(arguments[0]));
        if (definition == typeof(IStreamQueryable<,>) && StampedKinds.TryGetValue(arguments[1], out var stamp))
            return Text(typeof(IStampedRows<,>).MakeGenericType(arguments[0], stamp));
        if (definition == typeof(IIntervalSide<>))
            return Text(typeof(IntervalRows<>).MakeGenericType(arguments[0]));
        if (definition == typeof(IAsOfSide<>))
            return Text(typeof(AsOfRows<>).MakeGenericType(arguments[0]));
        if (definition == typeof(ILookupSide<>))
            return Text(typeof(SnapshotRows<>).MakeGenericType(arguments[0]));
        if (definition == typeof(IUnboundedSide<>))
            return Text(typeof(UnboundedRows<>).MakeGenericType(arguments[0]));
        return $"{definition.Name}<{string.Join(", ", arguments.Select(Text))}>";
    }
}
