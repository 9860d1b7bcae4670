// SelectAsync and joins with a Lookup: for each row something is asked elsewhere. To a plan it is a black box that gives one more column, so that what a look-up finds is gone through like any list.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>Each row of a stream with the answer of a call that is made elsewhere. Exactly one of <see cref="Each"/>, <see cref="ByKey"/> and <see cref="Every"/> is not null, and says how answers are got.</summary>
public sealed class LogicalCall : LogicalNode
{
    internal LogicalCall(LogicalNode input, CallTerms terms, IReadOnlyList<PlanColumn> kept, string? name, string origin) : base([input], [.. kept, terms.Result], origin)
    {
        Terms = terms;
        Kept = kept;
        Name = name;
    }

    /// <summary>What is asked with, over the input's columns: the row, or the key of a join.</summary>
    public Expression Argument => Terms.Argument;

    /// <summary>What is called: with <see cref="Argument"/> and a cancellation token for a <see cref="ValueTask{TResult}"/> of the answer; where there is <see cref="Every"/>, with a token for all rows.</summary>
    public Delegate Function => Terms.Function;

    /// <summary>The column with the answer. Of a look-up it is an array of the rows found, which is empty if there are none or the key is null.</summary>
    public PlanColumn Result => Terms.Result;

    /// <summary>The columns of the input that go on.</summary>
    public IReadOnlyList<PlanColumn> Kept { get; }

    /// <summary>One call per row, and how; else null.</summary>
    public AsyncOptions? Each => Terms.Each;

    /// <summary>One call per key, and how; else null.</summary>
    public LookupOptions? ByKey => Terms.ByKey;

    /// <summary>How often all rows are loaded, of which each row gets those of its key; else null.</summary>
    public TimeSpan? Every => Terms.Every;

    /// <summary>The key of a loaded row, a function of one; null where rows are not loaded.</summary>
    public LambdaExpression? RowKey => Terms.RowKey;

    /// <summary>The name it is told under, if the query gives one.</summary>
    public string? Name { get; }

    internal CallTerms Terms { get; }

    /// <inheritdoc />
    public override bool IsChanging => false;

    /// <inheritdoc />
    public override TResult Accept<TResult>(LogicalVisitor<TResult> visitor) => visitor.VisitCall(this);

    /// <inheritdoc />
    public override LogicalNode WithInputs(IReadOnlyList<LogicalNode> inputs) => new LogicalCall(inputs[0], Terms, Kept, Name, Origin);

    internal LogicalCall WithName(string name) => new(Inputs[0], Terms, Kept, name, Origin);

    internal LogicalCall Narrowed(LogicalNode input, IReadOnlySet<PlanColumn> needed) => new(input, Terms, [.. Kept.Where(needed.Contains)], Name, Origin);
}

/// <summary>What is asked, with what and how.</summary>
internal sealed record CallTerms(Expression Argument, Delegate Function, PlanColumn Result)
{
    internal AsyncOptions? Each { get; init; }

    internal LookupOptions? ByKey { get; init; }

    internal TimeSpan? Every { get; init; }

    internal LambdaExpression? RowKey { get; init; }
}
