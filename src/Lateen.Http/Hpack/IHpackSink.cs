namespace Lateen.Http.Hpack;

/// <summary>Takes the fields of a header block as they are decoded. The spans are valid during the call
/// only.</summary>
public interface IHpackSink
{
    /// <summary>One field. <paramref name="id"/> is <see cref="HeaderId.None"/> for names that are not
    /// interned.</summary>
    void OnField(HeaderId id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);
}
