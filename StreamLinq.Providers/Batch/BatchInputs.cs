// The sources of a query and the rows given for them. Two roots over one source object are one source, as AsStreamQueryable promises.
using System.Linq.Expressions;

namespace StreamLinq.Batch;

internal sealed class BatchInputs
{
    private readonly StreamRootExpression[] _roots;
    private readonly Func<object>?[] _rows;

    private BatchInputs(StreamRootExpression[] roots, Func<object>?[] rows)
    {
        _roots = roots;
        _rows = rows;
    }

    internal static BatchInputs Of(Expression query)
    {
        var finder = new RootFinder();
        finder.Visit(query);
        return new BatchInputs([.. finder.Roots], new Func<object>?[finder.Roots.Count]);
    }

    /// <summary>The place of the only source whose rows can be <paramref name="rowType"/>.</summary>
    internal int Only(Type rowType)
    {
        var given = typeof(IEnumerable<>).MakeGenericType(rowType);
        var fitting = Enumerable.Range(0, _roots.Length).Where(i => typeof(IEnumerable<>).MakeGenericType(_roots[i].RowType).IsAssignableFrom(given)).ToList();
        return fitting.Count switch
        {
            1 => fitting[0],
            0 => throw new StreamLinqException("SLQ1015", $"the query has no source of {rowType.Name}; its sources are {List(_roots)}. Give rows of that type."),
            _ => throw new StreamLinqException("SLQ1015", $"the query has {fitting.Count} sources of {rowType.Name}: {List(fitting.Select(i => _roots[i]))}. Say which with Over(source, rows)."),
        };
    }

    /// <summary>The place of the source that <paramref name="source"/> is a query over.</summary>
    internal int Named(Expression source)
    {
        if (source is not StreamRootExpression root)
            throw new StreamLinqException("SLQ1015", "Over takes a source as AsStreamQueryable gave it, not a query made of it. Keep the source in a variable and pass that.");
        var place = PlaceOf(root);
        return place >= 0 ? place : throw new StreamLinqException("SLQ1015", $"the query does not read {Describe(root)}; its sources are {List(_roots)}. Pass one of them.");
    }

    internal int PlaceOf(StreamRootExpression root) => Array.FindIndex(_roots, r => ReferenceEquals(r.Source, root.Source));

    internal BatchInputs With<S>(int place, IEnumerable<S> rows)
    {
        if (_rows[place] is not null)
            throw new StreamLinqException("SLQ1015", $"the rows of {Describe(_roots[place])} were given already. Give the rows of each source once.");
        var all = (Func<object>?[])_rows.Clone();
        all[place] = () => rows.ToList();
        return new BatchInputs(_roots, all);
    }

    /// <summary>The rows of all sources, each read once, so that a source used twice in the query gives the same rows twice.</summary>
    internal object[] Read()
    {
        var missing = _roots.Where((_, i) => _rows[i] is null).ToList();
        return missing.Count == 0
            ? Array.ConvertAll(_rows, read => read!())
            : throw new StreamLinqException("SLQ1015", $"no rows were given for {List(missing)}. Add Over(source, rows) for each.");
    }

    private static string Describe(StreamRootExpression root) => $"'{root}' of {root.RowType.Name}";

    private static string List(IEnumerable<StreamRootExpression> roots) => string.Join(", ", roots.Select(Describe));

    private sealed class RootFinder : ExpressionVisitor
    {
        internal List<StreamRootExpression> Roots { get; } = [];

        protected override Expression VisitExtension(Expression node)
        {
            if (node is StreamRootExpression root && !Roots.Exists(r => ReferenceEquals(r.Source, root.Source)))
                Roots.Add(root);
            return node;
        }
    }
}
