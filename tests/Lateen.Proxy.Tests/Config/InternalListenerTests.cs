using Lateen.Core;
using Lateen.Core.Logging;

namespace Lateen.Proxy.Tests.Config;

/// <summary>What a bootstrap may say of internal listeners, and what it is told otherwise.</summary>
public sealed class InternalListenerTests
{
    private const string Extension = """
        bootstrap_extensions:
        - name: envoy.bootstrap.internal_listener
          typed_config: {"@type": type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener}
        """;

    private const string Chains = """
        [{filters: [{name: t, typed_config: {"@type":
        type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config}}]}]
        """;

    [Theory]
    [InlineData("internal_listener: {}", true, null)]
    [InlineData("internal_listener: {}", false, "InternalListener bootstrap extension is mandatory")]
    [InlineData("internal_listener: {}, enable_reuse_port: true", true, "has unsupported tcp listener feature")]
    [InlineData("internal_listener: {}, freebind: true", true, "has unsupported tcp listener feature")]
    [InlineData("internal_listener: {}, tcp_backlog_size: 5", true, "has unsupported tcp listener feature")]
    [InlineData("internal_listener: {}, socket_options: [{level: 1, name: 2, int_value: 1}]", true,
        "does not support socket option")]
    [InlineData("internal_listener: {}, address: {envoy_internal_address: {server_listener_name: inner}}", true,
        "address should not be used when an internal listener config is provided")]
    [InlineData("address: {envoy_internal_address: {server_listener_name: inner}}", true,
        "use internal_listener field instead of address for internal")]
    public void Listener_WithFields_LoadsOrTellsWhy(string fields, bool hasExtension, string? expected)
    {
        var errors = Load($"""
            static_resources: {Listener(fields)}
            {(hasExtension ? Extension : "")}
            """);

        if (expected is null)
        {
            Assert.Empty(errors);
        }
        else
        {
            Assert.Contains(errors, error => error.Message.Contains(expected, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Extension_Unknown_IsRefusedByName()
    {
        var errors = Load("""
            bootstrap_extensions:
            - name: other
              typed_config: {"@type": type.googleapis.com/google.protobuf.Empty}
            """);

        Assert.Contains(errors, error => error.Message.Contains("'other'", StringComparison.Ordinal));
    }

    private static string Listener(string fields) =>
        "{listeners: [{name: inner, " + fields + ", filter_chains: " + Chains.ReplaceLineEndings(" ") + "}]}";

    private static List<ConfigError> Load(string yaml)
    {
        var errors = new List<ConfigError>();
        var bootstrap = ProxyBootstrap.Read(null, yaml, false, errors);
        if (errors.Count == 0)
        {
            ProxyServer.Create(bootstrap, new ProxyOptions(), TimeProvider.System, LogSink.None, errors)?.Dispose();
        }
        return errors;
    }
}
