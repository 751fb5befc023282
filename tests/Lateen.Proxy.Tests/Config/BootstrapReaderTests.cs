using Envoy.Config.Bootstrap.V3;
using Google.Protobuf;
using Lateen.Core;
using Lateen.Proxy.Config;
using Lateen.TestKit;

namespace Lateen.Proxy.Tests.Config;

public sealed class BootstrapReaderTests
{
    private const string Yaml = """
        node: { id: n, metadata: { A: [1, true, x], B: { C: d } } }
        static_resources:
          clusters:
          - name: a
            connect_timeout: 0.25s
            type: STRICT_DNS
            max_requests_per_connection: 7
            typed_extension_protocol_options:
              envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                explicit_http_config: { http2_protocol_options: { max_concurrent_streams: 5 } }
          - name: b
        """;

    private const string Text = """
        # A bootstrap in protobuf's text format.
        node {
          id: "n"
          metadata: <
            fields { key: "A" value { list_value {
              values { number_value: 1 }, values { bool_value: true }; values { string_value: 'x' } } } }
            fields { key: "B" value { struct_value { fields { key: "C" value { string_value: "\x64" } } } } }
          >
        }
        static_resources {
          clusters {
            name: "a"
            connect_timeout { nanos: 250000000 }
            type: STRICT_DNS
            max_requests_per_connection { value: 7 }
            typed_extension_protocol_options {
              key: "envoy.extensions." "upstreams.http.v3.HttpProtocolOptions"
              value {
                [type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions] {
                  explicit_http_config { http2_protocol_options { max_concurrent_streams { value: 0x5 } } }
                }
              }
            }
          }
          clusters: { name: "b" }
        }
        """;

    [Fact]
    public void Read_EveryForm_GivesTheSame()
    {
        using var folder = new TemporaryFolder();
        var expected = Read(folder.Write("a.yaml", Yaml), out var errors);
        Assert.Empty(errors);
        var binary = folder.At("a.pb");
        File.WriteAllBytes(binary, expected.ToByteArray());

        Assert.Equal(expected, Read(folder.Write("a.pb_text", Text), out errors));
        Assert.Empty(errors);
        Assert.Equal(expected, Read(binary, out errors));
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("a.yaml", "static_resources: { clusters: [{ name: a, nope: 1 }] }",
        "static_resources.clusters[0].nope")]
    [InlineData("a.json", """{"staticResources": {"clusters": [{"nope": 1}]}}""", "static_resources.clusters[0].nope")]
    [InlineData("a.pb_text", "static_resources { clusters { nope: 1 } }", "static_resources.clusters.nope")]
    public void Read_UnknownField_IsNamedWithItsPath(string name, string text, string path)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write(name, text);

        Read(file, out var errors);

        Assert.Contains(path, Assert.Single(errors).ToString(), StringComparison.Ordinal);
        List<string> ignored = [];
        BootstrapReader.Read(file, null, true, errors = [], ignored);
        Assert.Empty(errors);
        // One for each text, as Envoy counts; protobuf's own text format is not told.
        Assert.Equal(name.EndsWith(".pb_text", StringComparison.Ordinal) ? 0 : 1, ignored.Count);
    }

    [Fact]
    public void Read_UnknownFieldInBinary_IsNamedWithItsPath()
    {
        using var folder = new TemporaryFolder();
        var file = folder.At("a.pb");
        // Field 1 (node) holds field 4000 with the number 1.
        File.WriteAllBytes(file, [0x0a, 0x04, 0x80, 0xfa, 0x01, 0x01]);

        Read(file, out var errors);

        Assert.Contains(errors, error => error.Path.StartsWith("node.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("node { id: \"n\" ")]
    [InlineData("node { id: \"n }")]
    [InlineData("node { id: 5 }")]
    [InlineData("static_resources { clusters { type: NOPE } }")]
    [InlineData("node { id: \"\\q\" }")]
    [InlineData("[type.googleapis.com/envoy.config.core.v3.Node] { }")]
    public void Read_BadText_IsAnError(string text)
    {
        using var folder = new TemporaryFolder();

        Read(folder.Write("a.pb_text", text), out var errors);

        Assert.Contains("line 1", Assert.Single(errors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("static_resources: { clusters: { name: a, ignore_health_on_host_removal: 'true' } }")]
    [InlineData("static_resources: { clusters: [{ name: a, ignore_health_on_host_removal: 'yes' }] }")]
    public void Read_WhatEnvoyTakesToo_IsTaken(string yaml)
    {
        List<ConfigError> errors = [];

        var bootstrap = BootstrapReader.Read(null, yaml, false, errors);

        Assert.Empty(errors);
        Assert.True(Assert.Single(bootstrap.StaticResources.Clusters).IgnoreHealthOnHostRemoval);
    }

    [Fact]
    public void ApplyBootstrap_BadTypedStruct_IsAnError()
    {
        List<ConfigError> errors = [];
        var bootstrap = BootstrapReader.Read(null, """
            static_resources:
              clusters:
              - name: a
                transport_socket:
                  name: tls
                  typed_config:
                    "@type": type.googleapis.com/udpa.type.v1.TypedStruct
                    type_url: type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                    value: { sni: 5 }
            """, false, errors);
        using var manager = new ConfigurationManager(TestResources.Create(), TimeProvider.System);

        errors.AddRange(manager.ApplyBootstrap(bootstrap));

        Assert.StartsWith("static_resources.clusters[0]", Assert.Single(errors).Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_InlineYaml_WinsOverTheFile()
    {
        using var folder = new TemporaryFolder();
        List<ConfigError> errors = [];

        var bootstrap = BootstrapReader.Read(
            folder.Write("a.yaml", "node: { id: a, cluster: c }"), "node: { id: b }", false, errors);

        Assert.Empty(errors);
        Assert.Equal(("b", "c"), (bootstrap.Node.Id, bootstrap.Node.Cluster));
    }

    private static Bootstrap Read(string file, out List<ConfigError> errors)
    {
        errors = [];
        return BootstrapReader.Read(file, null, false, errors);
    }
}
