using Envoy.Extensions.Filters.Http.ExtProc.V3;
using Google.Protobuf;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Config.Decode.Filters;
using Lateen.Proxy.ExtProc;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Tests.Config.Decode.Filters;

public sealed class ExtProcDecoderTests
{
    private const string Service = "grpc_service: {envoy_grpc: {cluster_name: x}}, ";
    private const string Api = "typed_config: {\"@type\": type.googleapis.com/envoy.extensions.http.ext_proc.";
    private const string Mapper = "{name: m, " + Api
        + "processing_request_modifiers.mapped_attribute_builder.v3.MappedAttributeBuilder, ";

    private readonly DecodeContext _context = new() { Resources = TestResources.Create() };

    [Fact]
    public void Modifier_OfMappedAttributes_GivesThemTheirNames()
    {
        var config = Decode(
            "processing_request_modifier: " + Mapper
                + "mapped_request_attributes: {p: request.path}, mapped_response_attributes: {c: response.code}}}");

        Assert.Empty(_context.Errors);
        Assert.Equal("p", Assert.Single(config.Mapped!.Request).Name);
        Assert.Equal("c", Assert.Single(config.Mapped!.Response).Name);
    }

    [Fact]
    public void Namespaces_OfMetadata_AreOfBothKindsAndOfTheCluster()
    {
        var config = Decode(
            "metadata_options: {forwarding_namespaces: {typed: [a], untyped: [b]}, receiving_namespaces: "
                + "{typed: [c], untyped: [d]}, cluster_metadata_forwarding_namespaces: {typed: [e], untyped: [f]}}");

        Assert.Empty(_context.Errors);
        Assert.Equal(["a"], config.ForwardedNamespaces.Typed);
        Assert.Equal(["b"], config.ForwardedNamespaces.Untyped);
        Assert.Equal(["d"], config.ReceivedNamespaces);
        Assert.Equal(["e"], config.ClusterNamespaces.Typed);
        Assert.Equal(["f"], config.ClusterNamespaces.Untyped);
    }

    [Fact]
    public void Saver_OfAnswers_IsTaken()
    {
        _ = Decode("on_processing_response: {name: s, " + Api
            + "response_processors.save_processing_response.v3.SaveProcessingResponse, filter_state_name_suffix: s, "
            + "save_request_headers: {save_response: true, save_on_error: true}}}");

        Assert.Empty(_context.Errors);
    }

    [Theory]
    [InlineData("processing_request_modifier: " + Mapper + "mapped_request_attributes: {p: 'request.headers['}}}")]
    [InlineData("processing_request_modifier: {name: m, typed_config: {\"@type\": "
        + "type.googleapis.com/envoy.type.v3.Int64Range}}")]
    [InlineData("on_processing_response: {name: m, typed_config: {\"@type\": "
        + "type.googleapis.com/envoy.type.v3.Int64Range}}")]
    [InlineData("processing_mode: {request_body_mode: GRPC}")]
    public void Filter_WithWhatIsNotThere_IsRefused(string yaml)
    {
        _ = Decode(yaml);

        Assert.Single(_context.Errors);
    }

    private ExtProcConfig Decode(string yaml)
    {
        var proto = TestResources.Read<ExternalProcessor>("{" + Service + yaml + "}");
        var scope = new StatsStore(1).GetScope("http.test.", StatLayout.Empty);
        var source = new FilterSource("f", false, "", proto.ToByteString(), null, scope, "f", _context);
        return ((ExtProcFilter)ExtProcDecoder.Filter(source)!).Config;
    }
}
