using Envoy.Config.Bootstrap.V3;
using Lateen.Core.Protobuf;
using Lateen.Proxy.Config;

namespace Lateen.Simulation.Tests.Fuzz;

/// <summary>Protobuf's text format, changed: it is read or refused with the line, nothing else.</summary>
internal sealed class TextFormatTarget : IFuzzTarget
{
    private const string Sample = """
        node { id: "n" metadata { fields { key: "a" value { list_value { values { number_value: 1e3 } } } } } }
        static_resources { clusters { name: "a\n\x41\101" "b" connect_timeout { seconds: 1 } type: STRICT_DNS
        max_requests_per_connection { value: 7 } lb_policy: 2 typed_extension_protocol_options { key: "x" value {
        [type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions] { explicit_http_config {
        http2_protocol_options: < > } } } } } clusters: [ { name: "b" }, { name: 'c' } ] } # end
        """;

    public string Name => "text-format";

    public long CasesByDefault => 4_000;

    public void Run(FuzzInput input)
    {
        var text = input.Chance(0.9) ? input.Mutate(Sample) : input.Text("nodeid{}<>[]:;,\"'\\x1 #\n", 60);
        try
        {
            new TextFormatReader(EnvoyTypes.Find, input.Chance(0.5)).Merge(new Bootstrap(), text);
        }
        catch (TextFormatException e)
        {
            Assert.StartsWith("line ", e.Message, StringComparison.Ordinal);
        }
    }
}
