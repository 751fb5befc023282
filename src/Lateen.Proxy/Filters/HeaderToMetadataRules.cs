using Lateen.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Filters;

/// <summary>Rules for both directions.</summary>
internal sealed record HeaderToMetadataRules(HeaderToMetadataRule[] Request, HeaderToMetadataRule[] Response);

/// <summary>What becomes of one header or cookie. Source: <c>header_to_metadata.v3.Config.Rule</c>.</summary>
internal sealed record HeaderToMetadataRule(
    HeaderName? Header, byte[]? Cookie, MetadataWrite? OnPresent, MetadataWrite? OnMissing, bool Remove);

/// <summary>A value to be written.</summary>
/// <param name="Namespace">Namespace of the dynamic metadata.</param>
/// <param name="Key">Key in it.</param>
/// <param name="Value">Fixed value; empty: the one that was found.</param>
/// <param name="Kind">How the text is taken.</param>
/// <param name="Base64">The text is encoded.</param>
/// <param name="Rewrite">Changes the text first; null: not.</param>
internal sealed record MetadataWrite(
    string Namespace, string Key, string Value, MetadataValueKind Kind, bool Base64, RegexRewrite? Rewrite);

/// <summary>Types of metadata made from text.</summary>
internal enum MetadataValueKind : byte
{
    String,
    Number,
    ProtobufValue,
}
