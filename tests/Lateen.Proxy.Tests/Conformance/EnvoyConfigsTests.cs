using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Envoy.Service.Discovery.V3;
using Lateen.Core;
using Lateen.Proxy.Config;
using Lateen.TestKit;
using Xunit.Abstractions;
using YamlDotNet.RepresentationModel;

namespace Lateen.Proxy.Tests.Conformance;

/// <summary>
/// Configuration files of Envoy's documentation and tests: each must load as it does with <c>--mode validate</c>, but
/// for those that need what no issue asks for. Certificates that they point to are stand-ins.
/// </summary>
[Collection("runtime settings")]
public sealed partial class EnvoyConfigsTests(ITestOutputHelper output)
{
    /// <summary>Parts of type names that tell of extensions which the data plane is not meant to have.</summary>
    private static readonly string[] _notMeant =
    [
        "golang", ".quic.", ".aws_lambda.", ".cache.", ".cache_v2.", "redis_proxy", "thrift", "zookeeper", "udp_proxy",
        "reverse_connection", "reverse_tunnel", ".qatz", "hyperscan", "gcp_authn", "grpc_http1_reverse_bridge",
        "grpc_json_", "socket_interface", "rate_limit_descriptors.expr",
    ];

    [SuiteFact("envoy-configs")]
    public void Configurations_OfDocumentation_Load()
    {
        var run = new ConformanceRun("envoy-configs", output);
        using var folder = CreateStandIns();
        foreach (var test in TestKit.Conformance.Cases("envoy-configs", "cases.yaml"))
        {
            var (id, kind) = (test.Children["id"].ToString(), test.Children["kind"].ToString());
            var types = test.Children.TryGetValue("types", out var list) ? (YamlSequenceNode)list : [];
            if (types.Any(type => _notMeant.Any(part => type.ToString().Contains(part, StringComparison.Ordinal))))
            {
                run.Skip(id, kind);
                continue;
            }

            var file = Path.Combine(TestKit.Conformance.Suite("envoy-configs"), test.Children["file"].ToString());
            var copy = WithStandIns(file, folder);
            run.Case(id, kind, () => kind == "bootstrap" ? LoadBootstrap(copy) : LoadResponse(copy));
        }

        run.Finish();
    }

    private static string? LoadBootstrap(string file)
    {
        var errors = new List<ConfigError>();
        var bootstrap = BootstrapReader.Read(file, null, false, errors);
        using var manager = new ConfigurationManager(TestResources.Create(), TimeProvider.System);
        errors.AddRange(errors.Count > 0 ? [] : manager.ApplyBootstrap(bootstrap));
        errors.RemoveAll(IsAboutMissingFile);
        return errors.Count == 0 ? null : string.Join("; ", errors);
    }

    /// <summary>Files and folders that the suite does not have are no errors of the configuration.</summary>
    private static bool IsAboutMissingFile(ConfigError error) =>
        error.Message.Contains("must refer to an existing path", StringComparison.Ordinal)
            || (error.Code == "ACCESS_LOG"
                && error.Message.EndsWith("No such file or directory", StringComparison.Ordinal));

    private static string? LoadResponse(string file)
    {
        var errors = new List<ConfigError>();
        var response = new DiscoveryResponse();
        BootstrapReader.ReadFile(file, response, false, errors);
        using var manager = new ConfigurationManager(TestResources.Create(), TimeProvider.System);
        foreach (var resource in response.Resources)
        {
            errors.AddRange(manager.Apply(resource.TypeUrl, [("", "1", resource.Value)], [])
                .SelectMany(outcome => outcome.Errors));
        }

        return errors.Count == 0 && response.Resources.Count > 0 ? null : string.Join("; ", errors);
    }

    /// <summary>A copy of the file in which the certificates and keys that do not exist are stand-ins.</summary>
    private static string WithStandIns(string file, TemporaryFolder folder)
    {
        var text = FileReference().Replace(File.ReadAllText(file), match =>
        {
            var name = match.Groups[1].Value.Contains("key", StringComparison.OrdinalIgnoreCase) ? "key.pem"
                : "cert.pem";
            return $"filename: {Path.Combine(folder.Path, name)}";
        });
        var copy = Path.Combine(folder.Path, Path.GetFileName(file));
        File.WriteAllText(copy, text);
        return copy;
    }

    [System.Text.RegularExpressions.GeneratedRegex(@"""?filename""?: ""?([^\s""}]+\.pem)""?")]
    private static partial System.Text.RegularExpressions.Regex FileReference();

    private static TemporaryFolder CreateStandIns()
    {
        var folder = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=stand-in", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var from = DateTimeOffset.UnixEpoch;
        using var certificate = request.CreateSelfSigned(from, from.AddYears(99));
        File.WriteAllText(Path.Combine(folder.Path, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder.Path, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        return folder;
    }
}
