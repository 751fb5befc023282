namespace Lateen.Xds.Server;

/// <summary>A resource by its type and name.</summary>
public readonly record struct XdsResourceName(string TypeUrl, string Name);
