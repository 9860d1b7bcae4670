// Takes a type apart into members and finds the constructor that puts it together again.
//
// Members are the public fields and the public properties that store something, in the order of declaration, base types first. Of the constructors
// whose parameters are all members (by name and type), one that needs no setter afterwards is taken, else the one without parameters, else the one
// with the most. Private fields that no member shows would be lost without a word, so a type with more of them than it has written-out
// properties is refused. A field marked [NonSerialized] says itself that it can be made again from the rest.
using System.Reflection;

namespace StreamLinq.Embedded;

internal static class Members
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static Shape Of(Type type)
    {
        var found = new List<Found>();
        var hidden = new List<FieldInfo>();
        foreach (var level in Levels(type)) Collect(level, found, hidden);

        var candidates = type.GetConstructors().Select(c => Try(c, found)).OfType<Candidate>().ToList();
        if (type.IsValueType) candidates.Add(new Candidate(null, []));
        var fitting = candidates.Where(c => found.TrueForAll(f => !f.Stores || f.CanSet || c.Parameters.Contains(f))).ToList();
        if (fitting.Count == 0)
        {
            return new Shape.Refused("it has no public constructor whose parameters are its members, and not all of its members can be set", Final: false);
        }

        // The name of what would be lost, from the best candidate; the first that loses nothing wins.
        string? lost = null;
        foreach (var candidate in fitting.OrderBy(c => Rank(c, found)).ThenBy(c => c.Constructor?.MetadataToken ?? 0))
        {
            var parts = found.Where(f => f.Stores || candidate.Parameters.Contains(f)).ToList();
            if (hidden.Count > parts.Count(p => !p.Automatic))
            {
                lost ??= hidden[0].Name;
                continue;
            }

            return new Shape.Composite(
                type,
                parts.ConvertAll(p => new Shape.Part(p.Member.Name, p.Type, p.Member)),
                candidate.Constructor,
                [.. candidate.Parameters.Select(p => parts.IndexOf(p))]);
        }

        return new Shape.Refused($"the private field {lost} is not among its public members and would be lost");
    }

    /// <summary>The fields of a type that say themselves that they are not to be kept.</summary>
    public static IEnumerable<FieldInfo> LeftOut(Type type) => Levels(type).SelectMany(level => level.GetFields(Declared)).Where(IsLeftOut);

    private static bool IsLeftOut(FieldInfo field) => !field.IsPublic && field.IsDefined(typeof(NonSerializedAttribute));

    private static int Rank(Candidate candidate, List<Found> found)
    {
        var left = found.Count(f => f.Stores && !candidate.Parameters.Contains(f));
        if (left == 0 && candidate.Parameters.Count > 0) return candidate.Parameters.Count;
        return candidate.Parameters.Count == 0 ? 1_000_000 : 2_000_000 - candidate.Parameters.Count;
    }

    private static Candidate? Try(ConstructorInfo constructor, List<Found> found)
    {
        var parameters = new List<Found>();
        foreach (var parameter in constructor.GetParameters())
        {
            var match = found.Find(f => f.Type == parameter.ParameterType && string.Equals(f.Member.Name, parameter.Name, StringComparison.Ordinal))
                ?? found.Find(f => f.Type == parameter.ParameterType && string.Equals(f.Member.Name, parameter.Name, StringComparison.OrdinalIgnoreCase));
            if (match is null || parameters.Contains(match)) return null;
            parameters.Add(match);
        }

        return new Candidate(constructor, parameters);
    }

    private static void Collect(Type level, List<Found> found, List<FieldInfo> hidden)
    {
        var fields = level.GetFields(Declared).OrderBy(f => f.MetadataToken).ToList();
        foreach (var field in fields)
        {
            if (field.IsPublic) Add(found, new Found(field, field.FieldType, Stores: true, CanSet: !field.IsInitOnly, Automatic: true));
        }

        var shown = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in level.GetProperties(Declared).OrderBy(p => p.MetadataToken))
        {
            if (property.GetMethod is not { IsPublic: true } || property.GetIndexParameters().Length > 0 || property.PropertyType.IsByRef) continue;
            var backing = fields.Find(f => f.Name == $"<{property.Name}>k__BackingField" || f.Name == $"<{property.Name}>i__Field");
            if (backing is not null) shown.Add(backing.Name);
            Add(found, new Found(property, property.PropertyType, backing is not null || property.CanWrite, property.CanWrite, backing is not null));
        }

        hidden.AddRange(fields.Where(f => !f.IsPublic && !shown.Contains(f.Name) && !IsLeftOut(f)));
    }

    // A property that overrides or hides one of a base type takes its place.
    private static void Add(List<Found> found, Found member)
    {
        var place = found.FindIndex(f => f.Member.Name == member.Member.Name);
        if (place < 0) found.Add(member);
        else found[place] = member;
    }

    private static IEnumerable<Type> Levels(Type type)
    {
        var levels = new Stack<Type>();
        for (var level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType) levels.Push(level);
        return levels;
    }

    private sealed record Found(MemberInfo Member, Type Type, bool Stores, bool CanSet, bool Automatic);

    private sealed record Candidate(ConstructorInfo? Constructor, List<Found> Parameters);
}
