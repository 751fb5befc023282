using Google.Protobuf.Collections;
using Istio.Extensions.V1Alpha1;
using Istio.Type.V1Beta1;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of WasmPlugin and TrafficExtension.</summary>
internal static class WasmPluginValidator
{
    private const string Code = "wasmPlugin";
    private const int MaxName = 256;
    private const int MaxSecret = 253;
    private const int MaxScript = 65536;

    public static void ValidatePlugin(Findings findings)
    {
        var plugin = findings.Subject.As<WasmPlugin>();
        CommonRules.Targets(findings, plugin.Selector, plugin.TargetRef, plugin.TargetRefs);
        Module(findings, plugin.Url, plugin.Sha256, "spec");
        Limits(findings, plugin.PluginName, plugin.ImagePullSecret, "spec");
        Variables(findings, plugin.VmConfig, "spec.vmConfig.env");
        for (var i = 0; i < plugin.Match.Count; i++)
        {
            Ports(findings, plugin.Match[i].Ports, NodePath.Item("spec.match", i));
        }
    }

    public static void ValidateExtension(Findings findings)
    {
        var extension = findings.Subject.As<TrafficExtension>();
        CommonRules.Targets(findings, extension.Selector, null, extension.TargetRefs);
        for (var i = 0; i < extension.Match.Count; i++)
        {
            Ports(findings, extension.Match[i].Ports, NodePath.Item("spec.match", i));
        }

        switch (extension.FilterConfigCase)
        {
            case TrafficExtension.FilterConfigOneofCase.Wasm:
                Module(findings, extension.Wasm.Url, extension.Wasm.Sha256, "spec.wasm");
                Limits(findings, extension.Wasm.PluginName, extension.Wasm.ImagePullSecret, "spec.wasm");
                Variables(findings, extension.Wasm.VmConfig, "spec.wasm.vmConfig.env");
                break;
            case TrafficExtension.FilterConfigOneofCase.Lua:
                var size = System.Text.Encoding.UTF8.GetByteCount(extension.Lua.InlineCode);
                findings.Require(size is > 0 and <= MaxScript, "spec.lua.inlineCode", Code,
                    $"a script has 1 to {MaxScript} bytes");
                break;
            default:
                findings.Error("spec", Code, "a TrafficExtension has wasm or lua");
                break;
        }
    }

    private static void Module(Findings findings, string url, string sha256, string path)
    {
        var at = NodePath.Field(path, "url");
        if (url.Length == 0)
        {
            findings.Error(at, Code, "the url is missing");
        }
        else
        {
            var scheme = url.IndexOf("://", StringComparison.Ordinal);
            var whole = scheme < 0 ? $"oci://{url}" : url;
            var isGood = Uri.TryCreate(whole, UriKind.Absolute, out var uri)
                && uri.Scheme is "oci" or "file" or "http" or "https" && (uri.Host.Length > 0 || uri.IsFile);
            findings.Require(isGood, at, Code, $"\"{url}\" is no address of a module",
                "It begins with oci://, file://, http:// or https://.");
        }

        findings.Require(sha256.Length == 0 || (sha256.Length == 64 && sha256.All(char.IsAsciiHexDigitLower)),
            NodePath.Field(path, "sha256"), Code, "a checksum is 64 characters of 0-9 and a-f");
    }

    private static void Limits(Findings findings, string name, string secret, string path)
    {
        findings.Require(name.Length <= MaxName, NodePath.Field(path, "pluginName"), Code,
            $"a plugin's name has at most {MaxName} characters");
        findings.Require(secret.Length <= MaxSecret, NodePath.Field(path, "imagePullSecret"), Code,
            $"a secret's name has at most {MaxSecret} characters");
    }

    private static void Variables(Findings findings, VmConfig? config, string path)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < (config?.Env.Count ?? 0); i++)
        {
            var (variable, at) = (config!.Env[i], NodePath.Item(path, i));
            findings.Require(variable.Name.Length is > 0 and <= MaxName, NodePath.Field(at, "name"), Code,
                $"a variable's name has 1 to {MaxName} characters");
            findings.Require(names.Add(variable.Name), NodePath.Field(at, "name"), Code,
                $"the variable \"{variable.Name}\" is defined twice");
            findings.Require(variable.ValueFrom == EnvValueSource.Inline || variable.Value.Length == 0,
                NodePath.Field(at, "value"), Code, "a value needs valueFrom INLINE");
        }
    }

    private static void Ports(Findings findings, RepeatedField<PortSelector> ports, string path)
    {
        for (var i = 0; i < ports.Count; i++)
        {
            CommonRules.Port(findings, ports[i].Number,
                NodePath.Field(NodePath.Item(NodePath.Field(path, "ports"), i), "number"));
        }
    }
}
