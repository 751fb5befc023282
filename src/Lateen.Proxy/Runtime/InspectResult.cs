namespace Lateen.Proxy.Runtime;

/// <summary>What looking at the first bytes of a connection came to.</summary>
internal enum InspectResult
{
    NeedMore,
    Found,
    NotFound,

    /// <summary>It began like it and is broken.</summary>
    Invalid,
}
