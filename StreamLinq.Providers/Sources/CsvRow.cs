// How the fields of a CSV record become a row: through the constructor with the most parameters, then the settable properties it does not set. Compiled once per type.
using System.Globalization;
using System.Linq.Expressions;
using System.Numerics;
using System.Reflection;

namespace StreamLinq.Sources;

/// <summary>A member that takes a column.</summary>
/// <param name="Name">The name of the constructor parameter or property.</param>
/// <param name="IsNeeded">Whether a header without it is refused: all but parameters with a default value.</param>
internal sealed record CsvMember(string Name, bool IsNeeded);

internal sealed class CsvRow<T>
{
    private static readonly Lazy<CsvRow<T>> Made = new(static () => new CsvRow<T>());
    private readonly List<CsvMember> _members = [];

    private CsvRow()
    {
        var type = typeof(T);
        var fields = Expression.Parameter(typeof(CsvFields), "fields");
        var constructor = type.GetConstructors().Where(c => !(c.GetParameters() is [var only] && only.ParameterType == type)).MaxBy(c => c.GetParameters().Length);
        if (constructor is null && !type.IsValueType) throw new ArgumentException($"{type} cannot be read from CSV: it has no public constructor.");
        var arguments = new List<Expression>();
        foreach (var p in constructor?.GetParameters() ?? [])
            arguments.Add(Read(fields, p.ParameterType, p.Name ?? "", p.HasDefaultValue, p.HasDefaultValue ? p.DefaultValue : null));
        var bindings = new List<MemberBinding>();
        foreach (var p in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            if (p.SetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0 && !_members.Exists(m => m.Name.Equals(p.Name, StringComparison.OrdinalIgnoreCase)))
                bindings.Add(Expression.Bind(p, Read(fields, p.PropertyType, p.Name, hasDefault: false, null)));
        if (_members.Count == 0) throw new ArgumentException($"{type} cannot be read from CSV: it has no members to fill.");
        var made = constructor is null ? Expression.New(type) : Expression.New(constructor, arguments);
        Make = Expression.Lambda<Func<CsvFields, T>>(Expression.MemberInit(made, bindings), fields).Compile();
    }

    internal static CsvRow<T> Instance => Made.Value;

    internal IReadOnlyList<CsvMember> Members => _members;

    internal Func<CsvFields, T> Make { get; }

    internal int[] InOrder() => CsvFields.InOrder(_members.Count);

    private MethodCallExpression Read(Expression fields, Type type, string name, bool hasDefault, object? value)
    {
        if (!CsvValue.CanParse(type)) throw new ArgumentException($"{typeof(T)} cannot be read from CSV: there is no way to make a {type} for '{name}' of text.");
        _members.Add(new CsvMember(name, !hasDefault));
        var fallback = value is null ? (Expression)Expression.Default(type) : Expression.Convert(Expression.Constant(value), type);
        return Expression.Call(fields, nameof(CsvFields.Read), [type], Expression.Constant(_members.Count - 1), Expression.Constant(name), fallback);
    }
}

internal static class CsvValue
{
    internal static bool CanParse(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) || type.IsEnum || Implements(type, typeof(IParsable<>));
    }

    internal static bool Implements(Type type, Type open) => Array.Exists(type.GetInterfaces(), i => i.IsGenericType && i.GetGenericTypeDefinition() == open && i.GenericTypeArguments[0] == type);
}

/// <summary>Reads a value of text. Numbers take no thousands separators; a DateTimeOffset without an offset is UTC; an empty text is null for a nullable value.</summary>
internal static class CsvValue<T>
{
    internal static readonly Func<string, CultureInfo, T> Parse = Make();

    private static Func<string, CultureInfo, T> Make()
    {
        var type = typeof(T);
        if (type == typeof(string)) return As<string>(static (text, _) => text);
        if (type == typeof(DateTimeOffset)) return As<DateTimeOffset>(static (text, culture) => DateTimeOffset.Parse(text, culture, DateTimeStyles.AssumeUniversal));
        if (type == typeof(DateTime)) return As<DateTime>(static (text, culture) => DateTime.Parse(text, culture, DateTimeStyles.RoundtripKind));
        if (Nullable.GetUnderlyingType(type) is { } inner) return Call(nameof(OrNull), inner);
        if (type.IsEnum) return Call(nameof(Named), type);
        if (type != typeof(char) && CsvValue.Implements(type, typeof(IBinaryInteger<>))) return Call(nameof(Whole), type);
        if (type != typeof(char) && CsvValue.Implements(type, typeof(INumberBase<>))) return Call(nameof(Number), type);
        return Call(nameof(Any), type);
    }

    private static Func<string, CultureInfo, T> As<TValue>(Func<string, CultureInfo, TValue> parse) => (Func<string, CultureInfo, T>)(object)parse;

    private static Func<string, CultureInfo, T> Call(string method, Type type) =>
        (Func<string, CultureInfo, T>)typeof(CsvValue<T>).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, null)!;

    private static Func<string, CultureInfo, TValue?> OrNull<TValue>() where TValue : struct => static (text, culture) => text.Length == 0 ? null : CsvValue<TValue>.Parse(text, culture);

    private static Func<string, CultureInfo, TValue> Named<TValue>() where TValue : struct, Enum => static (text, _) => Enum.Parse<TValue>(text, ignoreCase: true);

    private static Func<string, CultureInfo, TValue> Whole<TValue>() where TValue : INumberBase<TValue> => static (text, culture) => TValue.Parse(text, NumberStyles.Integer, culture);

    private static Func<string, CultureInfo, TValue> Number<TValue>() where TValue : INumberBase<TValue> => static (text, culture) => TValue.Parse(text, NumberStyles.Float, culture);

    private static Func<string, CultureInfo, TValue> Any<TValue>() where TValue : IParsable<TValue> => static (text, culture) => TValue.Parse(text, culture);
}
