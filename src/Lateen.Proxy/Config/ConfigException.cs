namespace Lateen.Proxy.Config;

/// <summary>A resource that cannot be understood; caught where the resource is taken in or refused.</summary>
internal sealed class ConfigException(string message) : Exception(message);
