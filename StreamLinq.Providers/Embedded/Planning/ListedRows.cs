// Which list of a group is gone through element by element and read in no other way: of such a list only the elements that came or went since the last epoch need to go on, and not all old ones and all new ones.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal static class ListedRows
{
    /// <summary>The list of rows of a group that every stage behind the group flattens and nothing else reads; null if there is none, or several.</summary>
    internal static PlanColumn? Of(LogicalAggregate group, IReadOnlyList<PhysicalPlan> plans)
    {
        if (group.Window is not null || group.Aggregates.Where(a => a.Function == AggregateFunction.Rows).ToList() is not [{ Column: var list }]) return null;
        return plans.All(plan => plan.Stages.Where(s => s.From == group).All(stage => Flattens(stage, list, plan.Plan))) ? list : null;
    }

    private static bool Flattens(PhysicalStage stage, PlanColumn list, LogicalPlan plan)
    {
        var (flattened, isThere) = (0, true);
        foreach (var step in stage.Steps)
        {
            switch (step)
            {
                case FilterStep filter when !Reads([filter.Condition]):
                    break;
                case ProjectStep project when !Reads(project.Assignments.Where(a => a.Column != list).Select(a => a.Value)):
                    isThere &= project.Assignments.Any(a => a.Column == list);
                    break;
                case FlattenStep { Index: null, Frame: null } flatten:
                    if (Reads([flatten.Collection]) && (++flattened > 1 || flatten.List is not ColumnExpression)) return false;
                    break;
                default:
                    return false;
            }
        }

        return flattened == 1 && (!isThere || stage.To switch
        {
            null => !Reads([plan.Row, .. (plan.Key ?? []).Select(k => k.Reference)]),
            LogicalAggregate { Window: null } next => !PruneColumns.ReadBy(next).Contains(list),
            _ => false,
        });

        bool Reads(IEnumerable<Expression> values) => ColumnFinder.In(values).Contains(list);
    }
}
