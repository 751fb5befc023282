using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;

namespace Lateen.Agent.Bootstrap;

/// <summary>TLS towards a collector; certificates on files are served by the agent under names that hold their
/// paths.</summary>
internal static class BootstrapTls
{
    /// <summary>The transport socket; null where TLS is off.</summary>
    public static YamlMapping? Build(ClientTLSSettings? tls, bool http2)
    {
        if (tls is null || tls.Mode == ClientTLSSettings.Types.TLSmode.Disable)
        {
            return null;
        }
        var certificates = CertificateName(tls);
        var root = RootName(tls);
        return Tree.Extension(
            "envoy.transport_sockets.tls",
            "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            ("sni", Tree.TextOrNone(tls.Sni)),
            ("common_tls_context", Tree.Map(
                ("alpn_protocols", http2 ? Tree.Texts(["h2"]) : null),
                ("tls_certificate_sds_secret_configs", certificates is null ? null : Tree.List(Secret(certificates))),
                ("combined_validation_context", Tree.Map(
                    ("default_validation_context", Tree.Map(
                        ("match_subject_alt_names", tls.SubjectAltNames.Count == 0
                            ? null
                            : Tree.List(tls.SubjectAltNames.Select(n => Tree.Map(("exact", Tree.Text(n)))))))),
                    ("validation_context_sds_secret_config", root is null ? null : Secret(root)))))));
    }

    private static string? CertificateName(ClientTLSSettings tls) => tls.Mode switch
    {
        ClientTLSSettings.Types.TLSmode.Mutual => $"file-cert:{tls.ClientCertificate}~{tls.PrivateKey}",
        ClientTLSSettings.Types.TLSmode.IstioMutual => "default",
        _ => null,
    };

    private static string? RootName(ClientTLSSettings tls)
    {
        if (tls.Mode == ClientTLSSettings.Types.TLSmode.IstioMutual)
        {
            return "ROOTCA";
        }
        return tls.CaCertificates.Length == 0 ? null : $"file-root:{tls.CaCertificates}";
    }

    private static YamlMapping Secret(string name) => Tree.Map(
        ("name", Tree.Text(name)),
        ("sds_config", Tree.Map(
            ("api_config_source", Tree.Map(
                ("api_type", Tree.Text("GRPC")),
                ("grpc_services", Tree.List(Tree.Map(
                    ("envoy_grpc", Tree.Map(("cluster_name", Tree.Text(BootstrapClusters.Secrets))))))),
                ("set_node_on_first_message_only", Tree.Flag(true)),
                ("transport_api_version", Tree.Text("V3")))),
            ("resource_api_version", Tree.Text("V3")))));
}
