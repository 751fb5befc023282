namespace Lateen.Galley;

/// <summary>Which part of an object its message holds.</summary>
public enum SpecForm
{
    /// <summary>The <c>spec</c>, strictly: an unknown field is an error. Istio's own kinds.</summary>
    Spec,

    /// <summary>The whole object as far as it is modelled. Kubernetes kinds.</summary>
    WholeObject,

    /// <summary>The <c>spec</c> as a free-form struct. Kinds that are known by name only.</summary>
    FreeForm,
}
