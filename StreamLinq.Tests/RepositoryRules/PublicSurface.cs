// The public surface of an assembly as text: a line per type and member, in C#'s words, in an order that does not depend on the sources.
using Microsoft.CodeAnalysis;

namespace StreamLinq.Tests.RepositoryRules;

internal static class PublicSurface
{
    private static readonly SymbolDisplayFormat Format = new(
        SymbolDisplayGlobalNamespaceStyle.Omitted,
        SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints | SymbolDisplayGenericsOptions.IncludeVariance,
        SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeModifiers | SymbolDisplayMemberOptions.IncludeAccessibility
            | SymbolDisplayMemberOptions.IncludeConstantValue | SymbolDisplayMemberOptions.IncludeExplicitInterface | SymbolDisplayMemberOptions.IncludeRef,
        SymbolDisplayDelegateStyle.NameAndSignature,
        SymbolDisplayExtensionMethodStyle.StaticMethod,
        SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeDefaultValue
            | SymbolDisplayParameterOptions.IncludeParamsRefOut | SymbolDisplayParameterOptions.IncludeExtensionThis,
        SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        SymbolDisplayLocalOptions.None,
        SymbolDisplayKindOptions.IncludeTypeKeyword | SymbolDisplayKindOptions.IncludeMemberKeyword,
        SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier | SymbolDisplayMiscellaneousOptions.AllowDefaultLiteral);

    private static readonly SymbolDisplayFormat Base = Format.WithKindOptions(SymbolDisplayKindOptions.None).WithGenericsOptions(SymbolDisplayGenericsOptions.IncludeTypeParameters);

    private static readonly SymbolDisplayFormat Unconstrained = Format.WithGenericsOptions(Format.GenericsOptions & ~SymbolDisplayGenericsOptions.IncludeTypeConstraints);

    internal static string Text(IAssemblySymbol assembly) =>
        $"# {assembly.Name}\n" + string.Concat(Types(assembly.GlobalNamespace).Select(type => "\n" + string.Concat(Lines(type).Select(line => line + "\n")))) + "\n";

    /// <summary>The types a user can name, nested ones included.</summary>
    internal static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol parent) =>
        parent.GetMembers().OfType<INamespaceOrTypeSymbol>().Where(member => member is INamespaceSymbol || IsVisible(member))
            .SelectMany(member => member is INamedTypeSymbol type ? Types(type).Prepend(type) : Types(member)).OrderBy(type => type.ToDisplayString(), StringComparer.Ordinal);

    internal static IEnumerable<string> Lines(INamedTypeSymbol type)
    {
        var members = type.TypeKind == TypeKind.Delegate ? [] : type.GetMembers().Where(member => member is not INamedTypeSymbol && IsVisible(member) && IsWritten(member));
        return members.Select(member => "  " + member.ToDisplayString(Format) + Refusal(member)).Order(StringComparer.Ordinal).Prepend(Head(type));
    }

    private static string Head(INamedTypeSymbol type)
    {
        var modifier = type.TypeKind != TypeKind.Class ? "" : type.IsStatic ? "static " : type.IsSealed ? "sealed " : type.IsAbstract ? "abstract " : "";
        var bases = type.TypeKind is TypeKind.Enum or TypeKind.Delegate ? [] : type.Interfaces.OrderBy(i => i.ToDisplayString(Base), StringComparer.Ordinal)
            .Prepend(type.BaseType is { SpecialType: SpecialType.None } @base ? @base : null).OfType<INamedTypeSymbol>().Select(b => b.ToDisplayString(Base)).ToArray();
        var full = type.ToDisplayString(Format);
        var name = type.ToDisplayString(Unconstrained);
        if (!full.StartsWith(name, StringComparison.Ordinal)) name = full;
        return modifier + name + (bases.Length > 0 ? " : " + string.Join(", ", bases) : "") + full[name.Length..] + Refusal(type);
    }

    // A member that is there to be refused by the compiler says so by its error code.
    private static string Refusal(ISymbol symbol) => symbol.GetAttributes().FirstOrDefault(a => a.AttributeClass?.Name == nameof(ObsoleteAttribute)) is { } obsolete
        ? $" // {obsolete.NamedArguments.FirstOrDefault(a => a.Key == nameof(ObsoleteAttribute.DiagnosticId)).Value.Value ?? "obsolete"}" : "";

    private static bool IsVisible(ISymbol symbol) => symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal;

    // Not what the compiler adds: accessors, and the members of a record.
    private static bool IsWritten(ISymbol member) => !member.IsImplicitlyDeclared && member is not IMethodSymbol { AssociatedSymbol: not null } && member.CanBeReferencedByName | member is IMethodSymbol { MethodKind: MethodKind.Constructor or MethodKind.UserDefinedOperator or MethodKind.Conversion } or IPropertySymbol { IsIndexer: true }
        && !member.GetAttributes().Any(a => a.AttributeClass?.Name == "CompilerGeneratedAttribute");
}
