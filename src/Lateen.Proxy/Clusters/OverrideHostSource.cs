using Lateen.Http;

namespace Lateen.Proxy.Clusters;

/// <summary>Where a request names the hosts that it is to go to. Source:
/// <c>OverrideHost.OverrideHostSource</c>.</summary>
/// <param name="Header">A header with addresses, separated by commas; null: the metadata.</param>
/// <param name="Namespace">Of the dynamic metadata.</param>
/// <param name="Path">Keys to the text in it.</param>
internal sealed record OverrideHostSource(HeaderName? Header, string Namespace, string[] Path);
