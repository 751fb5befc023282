namespace Lateen.Proxy.Routing;

/// <summary>What happens when a header to be added is there already.</summary>
internal enum HeaderAppendAction : byte
{
    AppendIfExistsOrAdd,
    AddIfAbsent,
    OverwriteIfExistsOrAdd,
    OverwriteIfExists,
}
