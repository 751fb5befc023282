using System.Text.Json.Nodes;
using Envoy.Config.Bootstrap.V3;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Proxy.Config;

namespace Lateen.Proxy.Tests.Config;

/// <summary>Reading and writing by schemas, with protobuf's own reader and writer of JSON as the judges.</summary>
public sealed class MessageSchemaTests
{
    private static readonly MessageDescriptor[] _types =
    [
        Bootstrap.Descriptor,
        Envoy.Config.Route.V3.RouteConfiguration.Descriptor,
        Envoy.Config.Cluster.V3.Cluster.Descriptor,
        Envoy.Config.Listener.V3.Listener.Descriptor,
        Envoy.Config.Endpoint.V3.ClusterLoadAssignment.Descriptor,
        Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager.Descriptor,
        Envoy.Extensions.TransportSockets.Tls.V3.DownstreamTlsContext.Descriptor,
        Envoy.Config.Rbac.V3.RBAC.Descriptor,
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 24)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void ToJson_AnyMessage_IsWhatProtobufWrites(int seed)
    {
        var message = Message(seed);
        var registry = TypeRegistry.FromMessages([.. _types, Envoy.Config.Core.V3.SocketAddress.Descriptor]);
        var expected = new JsonFormatter(new JsonFormatter.Settings(false, registry)).Format(message);

        var written = MessageWriter.ToJson(message, new MessageWriteOptions { FindType = EnvoyTypes.Find });

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(written)), $"{expected}\n{written}");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Read_WhatWasWritten_IsTheSameMessage(int seed)
    {
        var message = Message(seed);
        var options = new MessageWriteOptions { FindType = EnvoyTypes.Find, DeclaredNames = seed % 2 == 0 };
        var text = MessageWriter.ToJson(message, options);
        var read = message.Descriptor.Parser.ParseFrom(ByteString.Empty);
        var errors = new List<ConfigError>();

        new MessageReader(new MessageReadOptions { FindType = EnvoyTypes.Find }, errors)
            .Merge(read, YamlReader.Read(text, null).Documents[0], "");

        Assert.Empty(errors);
        Assert.Equal(message, read);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void FindUnknown_InAKnownMessage_IsNone(int seed)
    {
        var message = Message(seed);

        Assert.Null(UnknownFields.Find(ApiSchema.Of(message), message.ToByteArray(), EnvoyTypes.Find));
    }

    [Fact]
    public void ToNode_AnyWithForeignBytes_KeepsThemAsBase64()
    {
        var any = new Google.Protobuf.WellKnownTypes.Any
        {
            TypeUrl = "type.googleapis.com/envoy.config.core.v3.Node",
            Value = ByteString.CopyFrom(0x0a, 0x7f, 0x01),
        };

        var text = MessageWriter.ToJson(any, new MessageWriteOptions { FindType = EnvoyTypes.Find });

        Assert.Equal("Cn8B", JsonNode.Parse(text)!["value"]!.GetValue<string>());
    }

    [Fact]
    public void Find_NameOfNoMessage_IsNull() => Assert.Null(EnvoyTypes.Find("envoy.config.core.v3.Nodes"));

    private static IMessage Message(int seed) => new RandomMessage(new Random(seed)).Make(_types[seed % _types.Length]);
}
