using System.Text;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>One object of the filter state. Source: <c>set_filter_state.v3.FilterStateValue</c>.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Factory">What makes the object: decides whether it is hashable, and what text it takes.</param>
/// <param name="Format">Its text.</param>
/// <param name="SkipIfEmpty">An empty text makes no object.</param>
/// <param name="Sharing">Whether upstream connections see it.</param>
internal sealed record FilterStateEntry(
    string Key, string Factory, AccessLogFormat Format, bool SkipIfEmpty, FilterStateSharing Sharing)
{
    /// <summary>Factories whose objects are addresses with a port.</summary>
    private bool IsAddress { get; } = Factory is OriginalDestinationKeys.Local or OriginalDestinationKeys.Remote;

    private bool IsHashable { get; } = Factory is "envoy.hashable_string" or "istio.hashable_string"
        or OriginalDestinationKeys.Local or OriginalDestinationKeys.Remote;

    /// <summary>Makes the object and puts it into a filter state; nothing where the text makes none.</summary>
    public void Apply(StreamInfo info)
    {
        if (Make(info) is { } made)
        {
            (info.FilterState ??= new FilterState()).Set(made);
        }
    }

    /// <summary>The same for a connection, whose facts the text is made of.</summary>
    public void ApplyToConnection(StreamInfo info)
    {
        if (Make(info) is { } made)
        {
            (info.Connection.FilterState ??= new FilterState()).Set(made);
        }
    }

    private SharedObject? Make(StreamInfo info)
    {
        var output = Scratch.Formatted;
        Format.Write(output, info, new FormatContext(AccessLogType.NotSet));
        if ((output.Length == 0 && SkipIfEmpty) || (IsAddress && !Address.TryParse(output.Written, out _)))
        {
            return null;
        }
        var text = Encoding.UTF8.GetString(output.Written);
        if (Factory == "envoy.network.ip")
        {
            if (!System.Net.IPAddress.TryParse(text, out var ip))
            {
                return null;
            }
            text = ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{ip}]:0" : $"{ip}:0";
        }
        return new SharedObject(Key, text, Sharing, IsHashable);
    }
}
