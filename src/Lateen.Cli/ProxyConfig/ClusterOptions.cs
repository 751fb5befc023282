using System.CommandLine;

namespace Lateen.Cli.ProxyConfig;

/// <summary>The filters on clusters, which two commands share.</summary>
internal sealed class ClusterOptions(ProxyConfigOptions options)
{
    private readonly Option<string> _fqdn = options.Text("--fqdn", "Only clusters whose name holds this.");
    private readonly Option<string> _direction = options.Text("--direction", "Only clusters of this direction.");
    private readonly Option<string> _subset = options.Text("--subset", "Only clusters of this subset.");

    internal ClusterReport Read(ProxyConfigInput input, int port) =>
        new(input.Text(_fqdn), port, input.Text(_subset), input.Text(_direction));
}
