namespace Lateen.Proxy.Streams;

/// <summary>An object of the filter state.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Value">The object; shared ones are text.</param>
/// <param name="Sharing">Which connections see it.</param>
/// <param name="IsHashable">Connections are not shared between streams whose objects of this name differ.</param>
internal readonly record struct SharedObject(string Key, object Value, FilterStateSharing Sharing, bool IsHashable);
