namespace Lateen.Proxy.Filters;

/// <summary>Rules of the filter <c>json_to_metadata</c>, or of a route.</summary>
/// <param name="Request">Null: bodies of requests are not looked at.</param>
/// <param name="Response">Null: bodies of responses are not looked at.</param>
internal sealed record JsonToMetadataSettings(JsonToMetadataDirection? Request, JsonToMetadataDirection? Response);
