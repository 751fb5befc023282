using Envoy.Config.Core.V3;
using Lateen.Core.Protobuf;
using Lateen.Proxy.Transcoding;

namespace Lateen.Proxy.Tests.Transcoding;

public sealed class RequestBuilderTests
{
    private static readonly MessageSchema Schema = ApiSchema.Of(new Node());

    [Fact]
    public void Build_BodyAndBindings_AreOneMessage()
    {
        var builder = New();

        Assert.Null(builder.Bind("id", "n1"));
        Assert.Null(builder.Bind("locality.zone", "z"));
        var messages = builder.Build("""{"cluster":"c","locality":{"region":"r"},"nonsense":1}""", out _);

        var node = Node.Parser.ParseFrom(Assert.Single(messages!));
        Assert.Equal(("n1", "c", "r", "z"), (node.Id, node.Cluster, node.Locality.Region, node.Locality.Zone));
    }

    [Fact]
    public void Build_FieldInBodyAndPath_TakesTheBody()
    {
        var builder = New();
        builder.Bind("id", "path");

        Assert.Equal("body", Node.Parser.ParseFrom(builder.Build("""{"id":"body"}""", out _)![0]).Id);
    }

    [Theory]
    [InlineData("nope", "Unexpected token.\nnope\n^")]
    [InlineData("{} x", "Parsing terminated before end of input.\n{} x\n   ^")]
    [InlineData("[]", ": Root element must be a message.")]
    [InlineData("""{"id":5}""", "id: invalid value 5 for type TYPE_STRING")]
    [InlineData("""{"id":""", "Unexpected end of string. Expected a value.\n\n^")]
    public void Build_BadBody_SaysWhatIsWrong(string body, string expected)
    {
        Assert.Null(New().Build(body, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Bind_UnknownField_IsNamed()
    {
        var fault = New().Bind("nope", "1");

        Assert.Equal(("Could not find field \"nope\" in the type \"envoy.config.core.v3.Node\".", true), fault);
    }

    [Fact]
    public void Masks_InJson_AreCamelCase()
    {
        var schema = ApiSchema.Of(new Google.Protobuf.WellKnownTypes.FieldMask());
        var errors = new List<Core.ConfigError>();
        var node = new Core.Yaml.YamlScalar("aB,c.dE,name");

        var bytes = new MessageReader(new MessageReadOptions(), errors).Read(schema, node, "");
        var mask = Google.Protobuf.WellKnownTypes.FieldMask.Parser.ParseFrom(bytes);
        var written = (Core.Yaml.YamlScalar)new MessageWriter(MessageWriteOptions.Default).ToNode(mask);

        Assert.Equal(["a_b", "c.d_e", "name"], mask.Paths);
        Assert.Equal("aB,c.dE,name", written.Value);
    }

    private static RequestBuilder New() => new(
        new TranscoderConfig(), new TranscodedMethod { Path = [], Input = Schema, Output = Schema });
}
