namespace Lateen.Proxy.Filters;

/// <summary>What becomes of one value in a JSON body. Source: <c>json_to_metadata.v3.Rule</c>.</summary>
internal sealed record JsonToMetadataRule(
    string[] Selectors, JsonMetadataWrite? OnPresent, JsonMetadataWrite? OnMissing, JsonMetadataWrite? OnError);

/// <summary>A value to be written; <c>Value</c> null: the one that was found.</summary>
internal sealed record JsonMetadataWrite(
    string Namespace, string Key, object? Value, MetadataValueKind Kind, bool Preserve);
