// The state of a graph written down: for each table what its fields are called and what they are computed from, for the manifest and for the comparison with an earlier form of the query.
using System.Linq.Expressions;
using System.Reflection;

namespace StreamLinq.Embedded;

internal sealed partial class QueryGraph
{
    /// <summary>The state of the query. The tables stand upstream first, those of one operator together.</summary>
    internal QueryState DescribeState(string query)
    {
        var tables = new List<StoredOperator>();
        var described = new HashSet<LogicalNode>(ReferenceEqualityComparer.Instance);
        foreach (var plan in _plans)
        {
            var meaning = new PlanMeaning();
            foreach (var (node, name) in plan.Operators)
            {
                if (!described.Add(node)) continue;
                var rows = string.Join(" with ", node.Inputs.Select(meaning.RowsOf).ToList());
                var main = new StoredOperator(0, name, "")
                {
                    Operator = name,
                    Input = rows,
                    IsTable = node.IsChanging,
                    ReadsTable = node.Inputs.Any(i => i.IsChanging),
                    Reads = [.. node.Inputs.SelectMany(Upstream).Select(n => NameOf(n)).Distinct(StringComparer.Ordinal)],
                };
                tables.AddRange(Tables(node, main, meaning).Zip(((IStateful)_parts[node].Runtime).Tables, (t, s) => t with { Name = s.Name, Schema = s.Schema }));
            }

            foreach (var (node, time) in _times)
            {
                if (time is not WatermarkTracker tracker || tables.Any(t => t.Name == tracker.Name)) continue;
                var its = new PlanMeaning();
                tables.Add(new StoredOperator(0, tracker.Name, tracker.Schema) { Kind = StateKind.Watermark, Shape = "watermark", Input = $"{its.RowsOf(node.Inputs[0])} by {its.TimeOf((LogicalEventTime)node)}" });
            }
        }

        var sources = _plans.SelectMany(p => p.Sources).DistinctBy(s => s.Name).ToList();
        return new QueryState(query, [.. sources.Select(s => s.Name)], sources.Select(s => (s.Name, Row: RowSchema(s.RowType))).Where(s => s.Row is not null).ToDictionary(s => s.Name, s => s.Row!, StringComparer.Ordinal), tables);
    }

    private string NameOf(LogicalNode node) => _plans.SelectMany(p => p.Operators).First(o => o.Node == node).Name;

    private static IEnumerable<LogicalNode> Upstream(LogicalNode node) => node is LogicalAggregate or LogicalDistinct or LogicalProcess or LogicalJoin or LogicalLatest or LogicalUnbounded ? [node] : node.Inputs.SelectMany(Upstream);

    private IEnumerable<StoredOperator> Tables(LogicalNode node, StoredOperator main, PlanMeaning meaning) => node switch
    {
        LogicalAggregate group => TablesOf(group, main, meaning),
        LogicalDistinct distinct =>
        [
            main with
            {
                Kind = StateKind.Distinct,
                Shape = distinct.Time is null ? "distinct" : "distinct within a time",
                Input = main.Input + (distinct.Time is null ? "" : $" by {meaning.Of(distinct.Time.Reference)} within {Durations.Text(distinct.Within)}"),
                Key = [.. distinct.Keys.Select((k, i) => KeyField($"key{i + 1}", k, meaning))],
            },
        ],
        LogicalProcess process => ((IStateful)_parts[node].Runtime).Tables.Select((table, i) => main with
        {
            Kind = StateKind.Cells,
            Role = i == 0 ? "" : table.Name[(main.Operator.Length + 1)..],
            Shape = process.Time is null ? "process by the clock" : "process by event time",
            Input = main.Input + (process.Time is null ? "" : $" by {meaning.Of(process.Time.Reference)}"),
            Key = [KeyField("key", process.Key, meaning)],
        }),
        LogicalJoin join => TablesOf(join, main, meaning),
        LogicalLatest latest => TablesOf(latest, main, meaning),
        LogicalUnbounded all => TablesOf(all, main, meaning),
        LogicalChanges or LogicalCall => [],
        _ => throw new InvalidOperationException($"{node.GetType().Name} keeps no state."),
    };

    private IEnumerable<StoredOperator> TablesOf(LogicalAggregate group, StoredOperator main, PlanMeaning meaning)
    {
        var shape = _parts[group].Shape!;
        StoredField[] key = [.. group.Keys.Select(k => KeyField(k.Column.Name, k.Value, meaning))];
        StoredField[] values =
        [
            .. shape.IsChanging ? [new StoredField("rows", "", [])] : (IEnumerable<StoredField>)[],
            .. group.Aggregates.Select((a, i) => new StoredField(a.Column.Name, meaning.Aggregate(a), Parts(a, shape.Accumulators[i]))),
        ];
        var window = group.Window?.Of;
        var described = main with
        {
            Kind = window is null ? StateKind.Group : window.IsSession ? StateKind.Session : StateKind.Window,
            Shape = window is null ? "groups" : $"groups in {meaning.WindowOf(window)}{(window.EmitsUpdates ? ", shown while open" : "")}",
            Input = main.Input + (window is null ? "" : $" by {meaning.Of(window.Time.Reference)}{(window.Grace == TimeSpan.Zero ? "" : window.Grace == TimeSpan.MaxValue ? ", never closed" : $" with grace {Durations.Text(window.Grace)}")}"),
            Key = key,
            Values = values,
        };
        yield return described;
        if (described.Kind == StateKind.Window && !window!.EmitsUpdates) yield return described with { Kind = StateKind.WindowPart, Role = "parts" };
        foreach (var (call, accumulator) in group.Aggregates.Zip(shape.Accumulators))
        {
            if (accumulator is CountDistinctAccumulator) yield return main with { Kind = StateKind.Pairs, Role = meaning.Aggregate(call), Shape = "values", Key = key };
            if (accumulator is RankedAccumulator) yield return main with { Kind = StateKind.Plain, Role = meaning.Aggregate(call), Shape = $"ranked rows by {string.Join(", ", key.Select(k => k.Text))}" };
        }
    }

    private static string[] Parts(AggregateCall call, Accumulator accumulator) => (accumulator.Fields.Count, call.Function) switch
    {
        (1, _) => [],
        (2, AggregateFunction.Average) => ["sum", "count"],
        (2, AggregateFunction.Custom) => ["state", "isMade"],
        (2, _) => ["value", "isSet"],
        (var count, _) => [.. Enumerable.Range(1, count).Select(i => $"{i}")],
    };

    private StoredField KeyField(string name, Expression value, PlanMeaning meaning)
    {
        var resolved = meaning.Resolve(value);
        return new StoredField(name, meaning.Of(value), []) { Added = AddedDefaultOf(resolved) };
    }

    // A member of a source's row that is new in the row's type: null if it can be, else what its constructor says.
    private AddedDefault? AddedDefaultOf(Expression value)
    {
        if (value is not MemberExpression { Expression: ParameterExpression row, Member: var member }) return null;
        string[] sources = [.. _plans.SelectMany(p => p.Sources).Where(s => s.RowType == row.Type).Select(s => s.Name)];
        var parameter = row.Type.GetConstructors().SelectMany(c => c.GetParameters()).FirstOrDefault(p => p.HasDefaultValue && p.ParameterType == value.Type && string.Equals(p.Name, member.Name, StringComparison.OrdinalIgnoreCase));
        if (parameter is not null) return new AddedDefault(sources, member.Name, parameter.DefaultValue);
        var canBeNull = Nullable.GetUnderlyingType(value.Type) is not null || (!value.Type.IsValueType && new NullabilityInfoContext() is var context
            && (member is PropertyInfo property ? context.Create(property) : context.Create((FieldInfo)member)).ReadState != NullabilityState.NotNull);
        return canBeNull ? new AddedDefault(sources, member.Name, null) : null;
    }

    private static string? RowSchema(Type row)
    {
        try
        {
            return Schema.Of(row, key: false)[(Schema.Version.Length + 1)..];
        }
        catch (StreamLinqException)
        {
            // Rows of a source need not be storable; then nothing is concluded from how they looked.
            return null;
        }
    }
}
