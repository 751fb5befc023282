namespace Lateen.Cli.ProxyConfig;

/// <summary>The admin endpoints of the mesh's proxies, wherever they run.</summary>
internal interface IProxyAdmin
{
    /// <summary>
    /// Asks a proxy's admin endpoint. A proxy that is not known or does not answer is a <see cref="DumpException"/>.
    /// </summary>
    /// <param name="pod">Name of the pod, perhaps with <c>.namespace</c>.</param>
    /// <param name="method">GET or POST.</param>
    /// <param name="path">Path with query, such as <c>/config_dump</c>.</param>
    /// <param name="adminPort">Port of the admin endpoint in the pod. Default 15000.</param>
    Task<string> AskAsync(string pod, string method, string path, int adminPort);
}
