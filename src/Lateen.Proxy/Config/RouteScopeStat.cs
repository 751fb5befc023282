namespace Lateen.Proxy.Config;

/// <summary>Gauges of scoped routes, below <c>http.PREFIX.scoped_rds.NAME.</c></summary>
internal enum RouteScopeStat
{
    ActiveScopes,
    AllScopes,
    OnDemandScopes,
}
