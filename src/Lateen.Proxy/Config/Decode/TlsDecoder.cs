using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tls;
using TlsCertificate = Lateen.Proxy.Tls.TlsCertificate;
using TlsKeyLog = Lateen.Proxy.Tls.TlsKeyLog;

namespace Lateen.Proxy.Config.Decode;

/// <summary>TLS contexts, certificates and validation.</summary>
internal static class TlsDecoder
{
    public const string DownstreamType = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
    public const string UpstreamType = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
    public const string RawBufferType = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";

    /// <summary>The transport socket of a filter chain; null: plaintext.</summary>
    public static TlsContextConfig? DecodeDownstream(TransportSocket? socket, string path, DecodeContext context)
    {
        var type = TypedConfigs.Open(socket?.TypedConfig, out var bytes, out var fields);
        if (socket is null || type == RawBufferType)
        {
            return null;
        }
        if (type != DownstreamType)
        {
            TypedConfigs.ReportUnknown(socket.Name, socket.TypedConfig, path, context);
            return null;
        }
        var config = TypedConfigs.Read(DownstreamTlsContext.Parser, bytes, fields);
        var common = config.CommonTlsContext ?? new CommonTlsContext();
        var at = $"{path}.typed_config.common_tls_context";
        CheckCommon(common, at, context);
        var stats = FactoryStats(".server_ssl_socket_factory.", context);
        if (common.TlsCertificates.Count > 0 && common.TlsCertificateSdsSecretConfigs.Count > 0)
        {
            context.Error(at, "TLS", "SDS and non-SDS TLS certificates may not be mixed in server contexts");
        }
        var certificates = DecodeCertificates(common, at, stats, context);
        if (certificates.Length == 0)
        {
            context.Error(at, "TLS", "No TLS certificates found for server context");
        }
        var result = new TlsContextConfig(context.Resources.WorkerCount)
        {
            IsDownstream = true,
            FactoryStats = stats,
            Certificates = certificates,
            Validation = DecodeValidation(common, at, stats, context),
            KeyLog = DecodeKeyLog(common.KeyLog, $"{at}.key_log", context),
            TicketKeys = DecodeTicketKeys(config, $"{path}.typed_config", context),
            SessionTimeoutSeconds = config.SessionTimeout?.Seconds ?? 0,
            PreferClientCiphers = config.PreferClientCiphers,
            FullScanCertificatesOnSniMismatch = config.FullScanCertsOnSniMismatch ?? false,
            OcspPolicy = (Net.TlsOcspPolicy)(int)config.OcspStaplePolicy,
            AlpnProtocols = Alpn(common, context),
            MinimumVersion = Version(common.TlsParams?.TlsMinimumProtocolVersion),
            MaximumVersion = Version(common.TlsParams?.TlsMaximumProtocolVersion),
            CipherSuites = [.. common.TlsParams?.CipherSuites ?? []],
            EcdhCurves = [.. common.TlsParams?.EcdhCurves ?? []],
            SignatureAlgorithms = [.. common.TlsParams?.SignatureAlgorithms ?? []],
            IsFips = common.TlsParams is { CompliancePolicies.Count: > 0 },
            RequireClientCertificate = config.RequireClientCertificate ?? false,
            DisableStatelessSessionResumption = config.DisableStatelessSessionResumption,
            DisableStatefulSessionResumption = config.DisableStatefulSessionResumption,
        };
        TlsCheck.Check(result, at, context);
        TlsExpirations.Set(result, context);
        return result;
    }

    /// <summary>The transport socket of a cluster.</summary>
    public static Clusters.TransportSocketConfig DecodeUpstream(
        TransportSocket? socket, string name, Google.Protobuf.WellKnownTypes.Struct? match, string path,
            DecodeContext context)
    {
        var type = TypedConfigs.Open(socket?.TypedConfig, out var bytes, out var fields);
        if (socket is null || type == RawBufferType)
        {
            return context.Share(new Clusters.TransportSocketConfig { Name = context.Share(name), Match = match });
        }
        if (type == "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport")
        {
            var proxy = TypedConfigs.Read(
                Envoy.Extensions.TransportSockets.ProxyProtocol.V3.ProxyProtocolUpstreamTransport.Parser, bytes,
                    fields);
            var inner =
                DecodeUpstream(proxy.TransportSocket, name, match, $"{path}.typed_config.transport_socket", context);
            var tlvs = ProxyTlvDecoder.Decode(
                proxy.Config?.AddedTlvs, $"{path}.typed_config.config.added_tlvs", context, out var formatted);
            return new Clusters.TransportSocketConfig
            {
                Name = name,
                Match = match,
                Tls = inner.Tls,
                FormattedTlvs = formatted,
                ProxyProtocolVersion = proxy.Config?.Version == ProxyProtocolConfig.Types.Version.V2 ? 2 : 1,
                PassTlvs = TypesOf(proxy.Config?.PassThroughTlvs),
                AddedTlvs = tlvs,
            };
        }
        if (type == SocketTapDecoder.Type)
        {
            var tap = SocketTapDecoder.Decode(bytes, fields, path, context, out var tapped);
            return DecodeUpstream(tapped, name, match, $"{path}.typed_config.transport_socket", context) with
            {
                Tap = tap,
            };
        }
        if (type == InternalUpstreamDecoder.Type)
        {
            return InternalUpstreamDecoder.Decode(bytes, fields, name, match, path, context);
        }
        if (type != UpstreamType)
        {
            TypedConfigs.ReportUnknown(socket.Name, socket.TypedConfig, path, context);
            return Clusters.TransportSocketConfig.RawBuffer;
        }
        var config = TypedConfigs.Read(UpstreamTlsContext.Parser, bytes, fields);
        return new Clusters.TransportSocketConfig
        {
            Name = context.Share(name),
            Match = match,
            Tls = DecodeUpstreamContext(config, $"{path}.typed_config", context),
        };
    }

    /// <summary>Types of PROXY protocol extensions; empty: all, null: none.</summary>
    public static byte[]? TypesOf(ProxyProtocolPassThroughTLVs? pass) => pass switch
    {
        null => null,
        { MatchType: ProxyProtocolPassThroughTLVs.Types.PassTLVsMatchType.IncludeAll } => [],
        { TlvType.Count: 0 } => null,
        _ => [.. pass.TlvType.Select(type => (byte)type)],
    };

    private static TlsContextConfig DecodeUpstreamContext(
        UpstreamTlsContext config, string path, DecodeContext context)
    {
        var common = config.CommonTlsContext ?? new CommonTlsContext();
        var at = $"{path}.common_tls_context";
        CheckCommon(common, at, context);
        if (common.TlsCertificates.Count + common.TlsCertificateSdsSecretConfigs.Count > 1)
        {
            context.Error(at, "TLS", "Multiple TLS certificates are not supported for client contexts");
        }
        if (config.Sni.Length > 255 || config.Sni.Contains('\0'))
        {
            context.Error($"{path}.sni", "TLS", "SNI names containing NULL-byte are not allowed");
        }
        var stats = FactoryStats(".client_ssl_socket_factory.", context);
        var result = new TlsContextConfig(context.Resources.WorkerCount)
        {
            FactoryStats = stats,
            Certificates = DecodeCertificates(common, at, stats, context),
            Validation = DecodeValidation(common, at, stats, context),
            KeyLog = DecodeKeyLog(common.KeyLog, $"{at}.key_log", context),
            AlpnProtocols = Alpn(common, context),
            MinimumVersion = Version(common.TlsParams?.TlsMinimumProtocolVersion),
            MaximumVersion = Version(common.TlsParams?.TlsMaximumProtocolVersion),
            CipherSuites = [.. common.TlsParams?.CipherSuites ?? []],
            EcdhCurves = [.. common.TlsParams?.EcdhCurves ?? []],
            SignatureAlgorithms = [.. common.TlsParams?.SignatureAlgorithms ?? []],
            IsFips = common.TlsParams is { CompliancePolicies.Count: > 0 },
            Sni = System.Text.Encoding.ASCII.GetBytes(config.Sni),
            AutoHostSni = config.AutoHostSni,
            AutoSniSanValidation = config.AutoSniSanValidation,
            MaxSessionKeys = (int)(config.MaxSessionKeys ?? 1),
            AllowRenegotiation = config.AllowRenegotiation,
        };
        if (config.AutoSniSanValidation
            && (result.Validation is null || result.Validation.Current is { TrustedCaPem.Length: 0 }))
        {
            context.Error($"{path}.auto_sni_san_validation", "TLS",
                "'auto_sni_san_validation' was configured without a validation context with a trusted CA");
        }
        TlsCheck.Check(result, at, context);
        TlsExpirations.Set(result, context);
        if (context.Errors.Count == 0)
        {
            // Clusters of a mesh differ in nothing else than names and secrets.
            var alike = new UpstreamTlsContext(config)
            {
                Sni = "",
                CommonTlsContext = new CommonTlsContext
                {
                    TlsParams = common.TlsParams,
                    AlpnProtocols = { common.AlpnProtocols },
                },
            };
            result.Settings = context.ShareDecoded(alike, () => result.Settings) ?? result.Settings;
        }
        return result;
    }

    /// <summary>What we do not have is refused by name.</summary>
    private static void CheckCommon(CommonTlsContext common, string path, DecodeContext context)
    {
        if (common.CustomHandshaker is { } handshaker)
        {
            TypedConfigs.ReportUnknown(
                handshaker.Name, handshaker.TypedConfig, $"{path}.custom_handshaker", context);
        }
        if (common.TlsParams is { CompliancePolicies.Count: > 1 })
        {
            context.Error($"{path}.tls_params.compliance_policies", "TLS", "value must contain no more than 1 item(s)");
        }
    }

    private static TlsFactoryStats FactoryStats(string kind, DecodeContext context) =>
        new(context, kind);

    private static TlsKeyLog? DecodeKeyLog(Envoy.Extensions.TransportSockets.Tls.V3.TlsKeyLog? log, string path,
        DecodeContext context)
    {
        if (log is null)
        {
            return null;
        }
        if (log.Path.Length == 0)
        {
            context.Error($"{path}.path", "TLS", "value length must be at least 1 characters");
            return null;
        }
        return context.LogFile(log.Path, $"{path}.path") is not { } file ? null : new TlsKeyLog
        {
            File = file,
            LocalRanges = [.. AddressDecoder.DecodeRanges(
                log.LocalAddressRange, $"{path}.local_address_range", context)],
            RemoteRanges = [.. AddressDecoder.DecodeRanges(
                log.RemoteAddressRange, $"{path}.remote_address_range", context)],
        };
    }

    private static SecretSlot<byte[][]>? DecodeTicketKeys(
        DownstreamTlsContext config, string path, DecodeContext context)
    {
        switch (config.SessionTicketKeysTypeCase)
        {
            case DownstreamTlsContext.SessionTicketKeysTypeOneofCase.SessionTicketKeys:
                return new SecretSlot<byte[][]>("")
                {
                    Current = TlsSecretDecoder.DecodeTicketKeys(
                        config.SessionTicketKeys, $"{path}.session_ticket_keys", context),
                };
            case DownstreamTlsContext.SessionTicketKeysTypeOneofCase.SessionTicketKeysSdsSecretConfig:
                return context.TicketKeySecret(config.SessionTicketKeysSdsSecretConfig, path);
            default:
                return null;
        }
    }

    private static ImmutableArray<SecretSlot<TlsCertificate>> DecodeCertificates(
        CommonTlsContext common, string path, TlsFactoryStats stats, DecodeContext context)
    {
        var result = ImmutableArray.CreateBuilder<SecretSlot<TlsCertificate>>();
        var sds = new List<SecretSlot<TlsCertificate>>();
        for (var i = 0; i < common.TlsCertificates.Count; i++)
        {
            if (TlsSecretDecoder.DecodeCertificate(
                common.TlsCertificates[i], $"{path}.tls_certificates[{i}]", context) is { } certificate)
            {
                result.Add(context.Resources.SharedDecodes.SlotOf(certificate));
            }
        }
        for (var i = 0; result.Count == 0 && i < common.TlsCertificateSdsSecretConfigs.Count; i++)
        {
            if (context.CertificateSecret(
                common.TlsCertificateSdsSecretConfigs[i], stats,
                $"{path}.tls_certificate_sds_secret_configs[{i}]") is { } slot)
            {
                sds.Add(slot);
            }
        }
        result.AddRange(sds);
        return result.ToImmutable();
    }

    private static SecretSlot<CertificateValidation>? DecodeValidation(
        CommonTlsContext common, string path, TlsFactoryStats stats, DecodeContext context)
    {
        switch (common.ValidationContextTypeCase)
        {
            case CommonTlsContext.ValidationContextTypeOneofCase.ValidationContext:
                var own = context.Resources.SharedDecodes.SlotOf(TlsSecretDecoder.DecodeValidation(
                    common.ValidationContext, $"{path}.validation_context", context));
                context.Resources.BundleFiles?.Follow(own, common.ValidationContext);
                return own;
            case CommonTlsContext.ValidationContextTypeOneofCase.ValidationContextSdsSecretConfig:
                return context.ValidationSecret(
                    common.ValidationContextSdsSecretConfig, stats, $"{path}.validation_context_sds_secret_config");
            case CommonTlsContext.ValidationContextTypeOneofCase.CombinedValidationContext:
                var combined = common.CombinedValidationContext;
                var basis = TlsSecretDecoder.DecodeValidation(
                    combined.DefaultValidationContext ?? new CertificateValidationContext(),
                    $"{path}.combined_validation_context.default_validation_context", context, isPart: true);
                return context.CombinedSecret(
                    combined.ValidationContextSdsSecretConfig ?? new SdsSecretConfig(), basis, stats,
                    $"{path}.combined_validation_context.validation_context_sds_secret_config");
            case CommonTlsContext.ValidationContextTypeOneofCase.None:
                return null;
            default:
                context.Error(path, "TLS", "certificate providers are not supported", "use SDS or inline validation");
                return null;
        }
    }

    /// <summary>The names of most clusters are the same.</summary>
    private static ImmutableArray<byte[]> Alpn(CommonTlsContext common, DecodeContext context)
    {
        const string Kind = "alpn_protocols";
        if (common.AlpnProtocols.Count == 0)
        {
            return [];
        }
        if (common.AlpnProtocols.SelectMany(list => list.Split(',')).Any(name => name.Length > 255))
        {
            context.Error("alpn_protocols", "TLS", "Invalid ALPN protocol string");
        }
        var key = ByteString.CopyFromUtf8(string.Join(',', common.AlpnProtocols));
        var names = context.Resources.SharedDecodes.Find<byte[][]>(Kind, key);
        if (names is null)
        {
            names = [.. common.AlpnProtocols.SelectMany(p => p.Split(','))
                .Select(p => System.Text.Encoding.ASCII.GetBytes(p.Trim()))];
            context.Resources.SharedDecodes.Keep(Kind, key, names);
        }
        return ImmutableCollectionsMarshal.AsImmutableArray(names);
    }

    private static int Version(TlsParameters.Types.TlsProtocol? version) => version switch
    {
        TlsParameters.Types.TlsProtocol.Tlsv10 => 0x0301,
        TlsParameters.Types.TlsProtocol.Tlsv11 => 0x0302,
        TlsParameters.Types.TlsProtocol.Tlsv12 => 0x0303,
        TlsParameters.Types.TlsProtocol.Tlsv13 => 0x0304,
        _ => 0,
    };
}
