// Compiled code, kept for the next lambda that says the same: a compilation costs half a millisecond to one, nearly all of it the JIT at work, and a process that starts many queries starts the same ones again.
// What is kept is code alone. The objects that a lambda holds (sources, tables, functions, captured objects) are handed to a function that makes a delegate over them, so queries share nothing but code and none is kept alive.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>Compiles lambdas, each shape once. Thread-safe. The shapes that were asked for last are kept.</summary>
/// <param name="capacity">How many shapes are kept.</param>
internal sealed class CompiledCode(int capacity)
{
    private const int Kept = 512;

    private readonly Lock _lock = new();
    private readonly Dictionary<CodeShape, LinkedListNode<(CodeShape Shape, Func<object[], Delegate> Make)>> _known = [];
    private readonly LinkedList<(CodeShape Shape, Func<object[], Delegate> Make)> _byUse = new();

    /// <summary>That of the process.</summary>
    internal static CompiledCode Shared { get; } = new(Kept);

    /// <summary>How many shapes have been compiled to be kept.</summary>
    internal long Compilations
    {
        get
        {
            lock (_lock) return field;
        }

        private set;
    }

    /// <summary>How many shapes are kept now.</summary>
    internal int Count
    {
        get
        {
            lock (_lock) return _known.Count;
        }
    }

    /// <summary>The compiled lambda.</summary>
    internal TDelegate Of<TDelegate>(Expression<TDelegate> lambda) where TDelegate : Delegate => (TDelegate)Of((LambdaExpression)lambda);

    /// <summary>The compiled lambda. Lambdas of collectible assemblies are compiled each time, so that these can go.</summary>
    internal Delegate Of(LambdaExpression lambda)
    {
        if (CodeShape.Of(lambda, out var constants) is not { } shape) return lambda.Compile();
        var objects = new object[constants.Count];
        for (var i = 0; i < objects.Length; i++) objects[i] = constants[i].Value!;
        if (Known(shape) is { } known) return known(objects);
        if (shape.IsCollectible) return lambda.Compile();
        var make = Compile(lambda, constants);
        Keep(shape, make);
        return make(objects);
    }

    private Func<object[], Delegate>? Known(CodeShape shape)
    {
        lock (_lock)
        {
            if (!_known.TryGetValue(shape, out var known)) return null;
            _byUse.Remove(known);
            _byUse.AddFirst(known);
            return known.Value.Make;
        }
    }

    private void Keep(CodeShape shape, Func<object[], Delegate> make)
    {
        lock (_lock)
        {
            Compilations++;
            if (_known.ContainsKey(shape)) return;
            _known[shape] = _byUse.AddFirst((shape, make));
            if (_known.Count <= capacity) return;
            _known.Remove(_byUse.Last!.Value.Shape);
            _byUse.RemoveLast();
        }
    }

    // Without objects one delegate serves all: it has no state.
    private static Func<object[], Delegate> Compile(LambdaExpression lambda, IReadOnlyList<ConstantExpression> constants)
    {
        if (constants.Count == 0)
        {
            var made = lambda.Compile();
            return _ => made;
        }

        var objects = Expression.Parameter(typeof(object[]), "objects");
        var lifting = new Lifting();
        var filled = new List<Expression>();
        foreach (var constant in constants)
        {
            var local = lifting.Locals[constant] = Expression.Variable(constant.Type, $"object{filled.Count}");
            filled.Add(Expression.Assign(local, Expression.Convert(Expression.ArrayIndex(objects, Expression.Constant(filled.Count)), constant.Type)));
        }

        return Expression.Lambda<Func<object[], Delegate>>(Expression.Block(typeof(Delegate), lifting.Locals.Values, [.. filled, lifting.Visit(lambda)]), objects).Compile();
    }

    private sealed class Lifting : ExpressionVisitor
    {
        internal Dictionary<Expression, ParameterExpression> Locals { get; } = new(ReferenceEqualityComparer.Instance);

        // A struct is converted to what it is, which copies it: a method that is called on a constant changes a copy.
        protected override Expression VisitConstant(ConstantExpression node) =>
            !Locals.TryGetValue(node, out var local) ? node : local.Type.IsValueType ? Expression.Convert(local, local.Type) : local;
    }
}
