namespace Lateen.Proxy.Streams;

/// <summary>Which connections besides its own see an object of the filter state. Source:
/// <c>FilterStateValue.SharedWithUpstream</c>.</summary>
internal enum FilterStateSharing
{
    /// <summary>No other.</summary>
    None,

    /// <summary>The upstream connection that is opened for it.</summary>
    Once,

    /// <summary>That one, and those that are opened for it in turn.</summary>
    Transitive,
}
