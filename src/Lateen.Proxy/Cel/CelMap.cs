namespace Lateen.Proxy.Cel;

/// <summary>Answers for the fields of an attribute such as <c>request</c>, or for the keys of a mapping.</summary>
internal abstract class CelMap
{
    /// <summary>An error when there is no such key.</summary>
    public abstract CelValue Get(CelEvaluation at, ReadOnlySpan<byte> key);

    public virtual bool Contains(CelEvaluation at, ReadOnlySpan<byte> key) => Get(at, key).Kind != CelKind.Error;

    /// <summary>Whether a field has this name; false refuses the expression.</summary>
    public virtual bool Knows(string field) => true;
}
