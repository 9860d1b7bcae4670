// What an output may ask of a table whose changes it takes alone, so that nothing is made that it does not look at.
namespace StreamLinq.Embedded;

internal interface IFrugalTable
{
    /// <summary>Whether rows that go are left out where a row of the same key comes: who takes the changes puts the new one in its place.</summary>
    bool SendsOnlyNew { set; }

    /// <summary>Called when the epoch has changed the table, for who shows it whole and takes no changes. It must be the only one who looks at the table.</summary>
    Action? Changed { set; }
}
