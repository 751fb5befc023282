namespace Lateen.Proxy.Cel;

/// <summary>Answers for the fields of an attribute such as <c>request</c>, or for the keys of a mapping.</summary>
internal abstract class CelMap
{
    /// <summary>Number of keys; negative when they cannot be counted.</summary>
    public virtual int Count => -1;

    /// <summary>An error when there is no such key.</summary>
    public abstract CelValue Get(CelEvaluation at, ReadOnlySpan<byte> key);

    /// <summary>The same for a key of any type.</summary>
    public virtual CelValue Get(CelEvaluation at, in CelValue key) =>
        key.Kind == CelKind.Text ? Get(at, at.TextOf(key)) : CelValue.Error;

    public virtual bool Contains(CelEvaluation at, in CelValue key) => Get(at, key).Kind != CelKind.Error;

    /// <summary>All keys; null when they cannot be listed.</summary>
    public virtual CelValue[]? Keys(CelEvaluation at) => null;
}
