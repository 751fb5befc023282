namespace Lateen.Net;

/// <summary>A subject alternative name.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Value">Its bytes; IP addresses as text.</param>
public readonly record struct TlsSubjectAltName(TlsNameKind Kind, byte[] Value)
{
    /// <summary>Of <see cref="TlsNameKind.Other"/>: what the value is, as numbers with dots.</summary>
    public string ObjectId { get; init; } = "";
}
