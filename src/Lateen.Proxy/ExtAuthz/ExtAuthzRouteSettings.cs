namespace Lateen.Proxy.ExtAuthz;

/// <summary>Settings of a route, of its virtual host and so on. Source: <c>ext_authz.v3.ExtAuthzPerRoute</c>.</summary>
/// <param name="Disabled">The service is not asked.</param>
/// <param name="ContextExtensions">Told to the service, with those of the levels above.</param>
/// <param name="Body">Instead of the filter's; null: the filter's.</param>
/// <param name="Service">Instead of the filter's; null: the filter's.</param>
internal sealed record ExtAuthzRouteSettings(
    bool Disabled, IReadOnlyDictionary<string, string> ContextExtensions, ExtAuthzBody? Body,
    ExtAuthzService? Service);
