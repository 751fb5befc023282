using Lateen.Core;
using Lateen.Proxy.Config;
using Xunit.Abstractions;

namespace Lateen.Proxy.Tests.Conformance;

public sealed class EnvoyConfigsTests(ITestOutputHelper output)
{
    /// <summary>
    /// Every bootstrap must either load or be refused for an extension or a feature that is named; a refusal for any
    /// other reason is
    /// a defect. Files that the examples point to do not exist and do not count.
    /// </summary>
    [SuiteFact("envoy-configs")]
    public void Bootstraps_OfDocumentation_LoadOrNameWhatIsMissing()
    {
        var (loaded, missing, wrong) = (0, 0, new List<string>());
        foreach (var test in TestKit.Conformance.Cases("envoy-configs", "cases.yaml"))
        {
            if (test.Children["kind"].ToString() != "bootstrap")
            {
                continue;
            }
            var file = Path.Combine(TestKit.Conformance.Suite("envoy-configs"), test.Children["file"].ToString());
            var errors = new List<ConfigError>();
            var bootstrap = BootstrapReader.Read(file, null, false, errors);
            using var manager = new ConfigurationManager(TestResources.Create(), TimeProvider.System);
            errors.AddRange(errors.Count > 0 ? [] : manager.ApplyBootstrap(bootstrap));
            errors.RemoveAll(
                error => error.Code == "FILE" || error.Message.Contains("No TLS certificates found")
                    || error.Message.Contains("a certificate chain and a private key"));
            if (errors.Count == 0)
            {
                loaded++;
            }
            else if (errors.TrueForAll(NamesWhatIsMissing))
            {
                missing++;
            }
            else
            {
                wrong.Add($"{test.Children["id"]}: {errors.First(error => !NamesWhatIsMissing(error))}");
            }
        }
        output.WriteLine($"{loaded} loaded, {missing} refused for something named, {wrong.Count} wrong");
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    private static bool NamesWhatIsMissing(ConfigError error) =>
        error.Code is "EXTENSION" or "HTTP_FILTERS" or "NETWORK_FILTERS"
        || error.Message.Contains("not supported", StringComparison.Ordinal)
        || error.Message.Contains("unknown type", StringComparison.Ordinal)
        || error.Message.Contains("unknown field", StringComparison.Ordinal)
        || error.Message.Contains("CLUSTER_PROVIDED fits", StringComparison.Ordinal)
        || error.Message.Contains("unknown cluster", StringComparison.Ordinal);
}
