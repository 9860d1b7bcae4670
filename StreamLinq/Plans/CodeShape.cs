// What a lambda says, apart from the objects it holds, so that code is compiled once for all lambdas that say the same: a list of tokens in which node kinds, types, members, numbers and strings stand as they are, parameters and
// labels by number, and objects and captured variables by their place alone. Nothing of a query is kept by it. Numbers and strings that were written are part of the shape, because the code is faster for knowing them.
using System.Linq.Expressions;
using System.Reflection;

namespace StreamLinq;

/// <summary>Equal for lambdas that compile to the same code.</summary>
internal sealed class CodeShape : IEquatable<CodeShape>
{
    private readonly (object? What, int Number)[] _tokens;
    private readonly int _hash;

    private CodeShape((object? What, int Number)[] tokens)
    {
        var hash = default(HashCode);
        foreach (var (what, number) in tokens)
        {
            hash.Add(what);
            hash.Add(number);
        }

        _tokens = tokens;
        _hash = hash.ToHashCode();
    }

    /// <summary>Whether it speaks of an assembly that can be unloaded, and so must not outlive it.</summary>
    internal bool IsCollectible => Array.Exists(_tokens, t => t.What is MemberInfo { IsCollectible: true });

    /// <summary>The shape of a lambda; null if there is something in it that this does not know.</summary>
    /// <param name="lambda">The lambda.</param>
    /// <param name="objects">The constants that are no part of the shape, in their order.</param>
    internal static CodeShape? Of(LambdaExpression lambda, out IReadOnlyList<ConstantExpression> objects)
    {
        var reader = new Reader();
        reader.Add(lambda);
        objects = reader.Objects;
        return reader.IsKnown ? new CodeShape([.. reader.Tokens]) : null;
    }

    /// <summary>Whether a constant stands in the code: numbers and strings as they were written. Objects, and what was a captured variable, are handed to it.</summary>
    internal static bool IsLiteral(ConstantExpression node) => node.Value is null or Type || ((node.Value is string || node.Type.IsPrimitive || node.Type.IsEnum) && !Captures.IsVariable(node));

    public bool Equals(CodeShape? other)
    {
        if (other is null || other._hash != _hash || other._tokens.Length != _tokens.Length) return false;
        for (var i = 0; i < _tokens.Length; i++)
        {
            var (mine, theirs) = (_tokens[i], other._tokens[i]);
            if (mine.Number != theirs.Number || (!ReferenceEquals(mine.What, theirs.What) && !Equals(mine.What, theirs.What))) return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as CodeShape);

    public override int GetHashCode() => _hash;

    private sealed class Reader
    {
        private const int Missing = -1;
        private const int Literal = -2;

        private readonly Dictionary<object, int> _numbers = new(ReferenceEqualityComparer.Instance);

        internal List<(object? What, int Number)> Tokens { get; } = [];

        internal List<ConstantExpression> Objects { get; } = [];

        internal bool IsKnown { get; private set; } = true;

        // Each form brings all that tells it from others of its kind and type; where the number of its parts does not follow from that, it comes first.
        internal void Add(Expression? node)
        {
            if (node is null)
            {
                Tokens.Add((null, Missing));
                return;
            }

            Tokens.Add((node.Type, (int)node.NodeType));
            switch (node)
            {
                case ConstantExpression constant: Constant(constant); break;
                case ParameterExpression variable: Numbered(variable, variable.IsByRef ? 1 : 0); break;
                case MemberExpression member: Of(member.Member, member.Expression); break;
                case BinaryExpression binary: Of(binary.Method, binary.Left, binary.Right, binary.Conversion); break;
                case UnaryExpression { NodeType: not ExpressionType.Quote } unary: Of(unary.Method, unary.Operand); break;
                case MethodCallExpression call: Of(call.Method, call.Object); All(call.Arguments); break;
                case NewExpression made: Of(made.Constructor); All(made.Arguments); break;
                case MemberInitExpression made: Initialized(made); break;
                case ListInitExpression made: Filled(made); break;
                case NewArrayExpression array: All(array.Expressions); break;
                case ConditionalExpression choice: Of(null, choice.Test, choice.IfTrue, choice.IfFalse); break;
                case InvocationExpression call: Add(call.Expression); All(call.Arguments); break;
                case IndexExpression index: Of(index.Indexer, index.Object); All(index.Arguments); break;
                case TypeBinaryExpression test: Of(test.TypeOperand, test.Expression); break;
                case DefaultExpression: break;
                case LambdaExpression lambda: Tokens.Add((null, lambda.TailCall ? 1 : 0)); All(lambda.Parameters); Add(lambda.Body); break;
                case BlockExpression block: All(block.Variables); All(block.Expressions); break;
                case LoopExpression loop: Label(loop.BreakLabel); Label(loop.ContinueLabel); Add(loop.Body); break;
                case LabelExpression label: Label(label.Target); Add(label.DefaultValue); break;
                case GotoExpression jump: Tokens.Add((null, (int)jump.Kind)); Label(jump.Target); Add(jump.Value); break;
                case TryExpression { Handlers.Count: 0 } tried: Of(null, tried.Body, tried.Finally, tried.Fault); break;
                default: IsKnown = false; break;
            }
        }

        private void Of(MemberInfo? member, params ReadOnlySpan<Expression?> parts)
        {
            Tokens.Add((member, 0));
            foreach (var part in parts) Add(part);
        }

        private void All(IReadOnlyList<Expression> parts)
        {
            Tokens.Add((null, parts.Count));
            for (var i = 0; i < parts.Count; i++) Add(parts[i]);
        }

        // Numbers by their bits: 0.0 and -0.0 are equal and not the same.
        private void Constant(ConstantExpression node)
        {
            if (!IsLiteral(node))
            {
                if (_numbers.TryAdd(node, _numbers.Count)) Objects.Add(node);
                Tokens.Add((null, _numbers[node]));
                return;
            }

            Tokens.Add((node.Value switch
            {
                double value => BitConverter.DoubleToInt64Bits(value),
                float value => BitConverter.SingleToInt32Bits(value),
                var value => value,
            }, Literal));
        }

        private void Numbered(object target, int mark)
        {
            _numbers.TryAdd(target, _numbers.Count);
            Tokens.Add((null, (_numbers[target] << 1) | mark));
        }

        private void Label(LabelTarget? label)
        {
            Tokens.Add((label?.Type, label is null ? Missing : 0));
            if (label is not null) Numbered(label, 0);
        }

        private void Initialized(MemberInitExpression made)
        {
            Add(made.NewExpression);
            Tokens.Add((null, made.Bindings.Count));
            foreach (var binding in made.Bindings)
            {
                if (binding is MemberAssignment assigned) Of(assigned.Member, assigned.Expression);
                else IsKnown = false;
            }
        }

        private void Filled(ListInitExpression made)
        {
            Add(made.NewExpression);
            Tokens.Add((null, made.Initializers.Count));
            foreach (var added in made.Initializers)
            {
                Of(added.AddMethod);
                All(added.Arguments);
            }
        }
    }
}
