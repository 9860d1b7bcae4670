// Builds the two lambdas of a codec from the shape of the type. Members of members are written in place, without a call in between, which is what
// makes nested tuples as cheap as flat ones; lists, types that refer to themselves and very deep nests go through codecs of their own.
using System.Collections.Immutable;
using System.Linq.Expressions;
using System.Reflection;
using static System.Linq.Expressions.Expression;

namespace StreamLinq.Embedded;

internal sealed class CodecCompiler
{
    private const int MaxInline = 8;

    private static readonly MethodInfo Make = typeof(CodecCompiler).GetMethod(nameof(MakeCodec), BindingFlags.Instance | BindingFlags.NonPublic)!;

    private readonly ParameterExpression _writer = Parameter(typeof(ByteWriter), "writer");
    private readonly ParameterExpression _reader = Parameter(typeof(ByteReader), "reader");
    private readonly bool _key;
    private readonly List<Type> _around;

    private CodecCompiler(bool key, List<Type> around)
    {
        _key = key;
        _around = around;
    }

    public static Codec<T> Compile<T>(bool key)
    {
        var schema = Schema.Of(typeof(T), key);
        return new CodecCompiler(key, []).MakeCodec<T>(schema);
    }

    private CompiledCodec<T> MakeCodec<T>(string schema)
    {
        var value = Parameter(typeof(T), "value");
        var write = Lambda<Action<ByteWriter, T>>(Write(value), _writer, value).Compile();
        var read = Lambda<Func<ByteReader, T>>(Read(typeof(T)), _reader).Compile();
        return new CompiledCodec<T>(schema, write, read);
    }

    private Expression Write(Expression value)
    {
        var type = value.Type;
        switch (Shape.Of(type))
        {
            case Shape.Leaf:
                return Call(Format.GetMethod("Write", [typeof(ByteWriter), type])!, _writer, value);
            case Shape.Number number:
                return Write(Convert(value, number.Underlying));
            case Shape.Optional:
                return InPlace(value, v => IfThenElse(Property(v, "HasValue"), Block(Mark(1), Write(Call(v, "GetValueOrDefault", null))), Mark(0)));
            case Shape.Sequence sequence:
                return Call(SequencesOf(sequence.Element), "Write" + SequenceKind(type), null, _writer, value);
            case Shape.Json:
                return Call(typeof(JsonCodec), nameof(JsonCodec.Write), [type], _writer, value);
            case Shape.Composite when Deferred(type) is { } codec:
                return Call(codec, "Write", null, _writer, value);
            case Shape.Composite composite:
                return InPlace(value, v => Within(composite, () => WriteComposite(composite, v)));
            default:
                throw CodecErrors.NotStorable(type, "it has no shape");
        }
    }

    private Expression WriteComposite(Shape.Composite composite, Expression value)
    {
        var steps = composite.Parts.Select(p => Write(MakeMemberAccess(value, p.Member))).ToList();
        if (composite.Type.IsValueType) return steps.Count == 0 ? Mark(0) : Block(typeof(void), steps);
        steps.Insert(0, Mark(1));
        if (!composite.Type.IsSealed)
        {
            var derived = Call(typeof(CodecErrors), nameof(CodecErrors.Derived), null, Constant(composite.Type, typeof(Type)), Call(value, nameof(GetType), null));
            steps.Insert(0, IfThen(Not(TypeEqual(value, composite.Type)), Throw(derived)));
        }

        return IfThenElse(ReferenceEqual(value, Constant(null)), Mark(0), Block(typeof(void), steps));
    }

    private Expression Read(Type type)
    {
        switch (Shape.Of(type))
        {
            case Shape.Leaf:
                return Call(Format.GetMethod(type == typeof(byte[]) ? nameof(ValueFormat.ReadBytes) : "Read" + type.Name)!, _reader);
            case Shape.Number number:
                return Convert(Read(number.Underlying), type);
            case Shape.Optional optional:
                return Condition(Flag(), Convert(Read(optional.Inner), type), Default(type));
            case Shape.Sequence sequence:
                return Convert(Call(SequencesOf(sequence.Element), "Read" + ReadKind(type), null, _reader), type);
            case Shape.Json:
                return Call(typeof(JsonCodec), nameof(JsonCodec.Read), [type], _reader);
            case Shape.Composite when Deferred(type) is { } codec:
                return Call(codec, "Read", null, _reader);
            case Shape.Composite composite:
                return Within(composite, () => ReadComposite(composite));
            default:
                throw CodecErrors.NotStorable(type, "it has no shape");
        }
    }

    // Parts are read into variables in their order, then handed to the constructor in its order and to the setters.
    private Expression ReadComposite(Shape.Composite composite)
    {
        var type = composite.Type;
        var parts = composite.Parts.Select(p => Variable(p.Type, p.Name)).ToList();
        var steps = parts.Select((p, i) => (Expression)Assign(p, Read(composite.Parts[i].Type))).ToList();
        if (type.IsValueType && parts.Count == 0) steps.Add(Flag());

        var made = composite.Constructor is { } constructor ? New(constructor, composite.Parameters.Select(i => parts[i])) : New(type);
        var left = Enumerable.Range(0, parts.Count).Except(composite.Parameters).Select(i => Bind(composite.Parts[i].Member, parts[i])).ToList();
        steps.Add(left.Count == 0 ? made : MemberInit(made, left));
        var body = Block(type, parts, steps);
        return type.IsValueType ? body : Condition(Flag(), body, Constant(null, type), type);
    }

    private Type Format => _key ? typeof(KeyFormat) : typeof(ValueFormat);

    private MethodCallExpression Mark(byte value) => Call(_writer, nameof(ByteWriter.WriteByte), null, Constant(value));

    private MethodCallExpression Flag() => Call(_reader, nameof(ByteReader.ReadFlag), null);

    // A parameter or a chain of fields is used where it stands; all else goes into a variable, to be evaluated once.
    private static Expression InPlace(Expression value, Func<Expression, Expression> use)
    {
        if (IsPlace(value)) return use(value);
        var variable = Variable(value.Type);
        return Block(typeof(void), [variable], Assign(variable, value), use(variable));
    }

    private static bool IsPlace(Expression value) =>
        value is ParameterExpression || (value is MemberExpression { Member: FieldInfo, Expression: { Type.IsValueType: true } inner } && value.Type.IsValueType && IsPlace(inner));

    private T Within<T>(Shape.Composite composite, Func<T> build)
    {
        _around.Add(composite.Type);
        var built = build();
        _around.RemoveAt(_around.Count - 1);
        return built;
    }

    private ConstantExpression? Deferred(Type type) =>
        _around.Contains(type) || _around.Count >= MaxInline ? Constant(Activator.CreateInstance(typeof(DeferredCodec<>).MakeGenericType(type), [_key])) : null;

    // The element's codec is compiled with the types around it known, so that a list of the type itself ends there.
    private ConstantExpression SequencesOf(Type element)
    {
        object codec = Shape.Of(element) is Shape.Composite && Deferred(element) is { } deferred
            ? deferred.Value!
            : Make.MakeGenericMethod(element).Invoke(new CodecCompiler(_key, [.. _around]), [Schema.Of(element, _key)])!;
        return Constant(Activator.CreateInstance(typeof(Sequences<>).MakeGenericType(element), codec, Shape.MinBytes(element)));
    }

    private static string SequenceKind(Type type)
    {
        if (type.IsArray) return "Array";
        var definition = type.GetGenericTypeDefinition();
        return definition == typeof(List<>) ? "List" : definition == typeof(ImmutableArray<>) ? "Immutable" : "Other";
    }

    private static string ReadKind(Type type)
    {
        if (SequenceKind(type) is not "Other" and var kind) return kind;
        var definition = type.GetGenericTypeDefinition();
        return definition == typeof(IList<>) || definition == typeof(ICollection<>) ? "List" : "Array";
    }
}
