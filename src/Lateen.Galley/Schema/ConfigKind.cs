using System.Collections.Immutable;
using Google.Protobuf;

namespace Lateen.Galley;

/// <summary>
/// What is known of one kind of object. There is one instance for each kind, in <see cref="ConfigKinds"/>.
/// </summary>
public sealed class ConfigKind
{
    internal ConfigKind(
        string group, string kind, string plural, ImmutableArray<string> versions, bool namespaced,
        SpecForm form, Func<IMessage> newSpec)
    {
        Group = group;
        Kind = kind;
        Plural = plural;
        Versions = versions;
        Namespaced = namespaced;
        Form = form;
        NewSpec = newSpec;
    }

    /// <summary>API group; empty for the core of Kubernetes.</summary>
    public string Group { get; }

    /// <summary>E.g. <c>VirtualService</c>.</summary>
    public string Kind { get; }

    /// <summary>E.g. <c>virtualservices</c>.</summary>
    public string Plural { get; }

    /// <summary>Served versions, the preferred one first. They differ in name only.</summary>
    public ImmutableArray<string> Versions { get; }

    /// <summary>Whether objects live in a namespace.</summary>
    public bool Namespaced { get; }

    /// <summary>What the message of an object is read from.</summary>
    public SpecForm Form { get; }

    /// <summary>An empty message of the kind.</summary>
    public Func<IMessage> NewSpec { get; }

    /// <summary>Whether it is one of Istio's own kinds, which are read strictly and validated.</summary>
    public bool IsIstio => Form == SpecForm.Spec;

    /// <summary>The preferred <c>apiVersion</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Versions[0] : $"{Group}/{Versions[0]}";

    /// <summary><c>kind.group</c>, or the kind alone in the core group.</summary>
    public override string ToString() => Group.Length == 0 ? Kind : $"{Kind}.{Group}";
}
