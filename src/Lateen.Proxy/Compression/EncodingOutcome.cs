namespace Lateen.Proxy.Compression;

/// <summary>What a client's list of codings led to.</summary>
internal enum EncodingOutcome : byte
{
    NotValid,
    Identity,
    Wildcard,
    Used,
}
