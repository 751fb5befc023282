using System.Collections.Immutable;
using Lateen.Core;
using Lateen.Core.Yaml;
using Lateen.Kubernetes.Objects;

namespace Lateen.Galley;

/// <summary>
/// Judges files for an author, as <c>istioctl validate</c> does: objects of unknown kinds pass with a note, objects
/// need no name, names of service ports must tell their protocol, and reading stops at the first document that is no
/// YAML or no object.
/// </summary>
public sealed class FileChecker
{
    private const string SystemNamespace = "istio-system";

    private static readonly string[] _appLabels = ["app", "app.kubernetes.io/name", "service.istio.io/canonical-name"];

    private static readonly string[] _versionLabels =
        ["version", "app.kubernetes.io/version", "service.istio.io/canonical-revision"];

    private readonly ConfigDecoder _decoder = new();

    /// <summary>Judges a text.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="file">Named in errors.</param>
    public FileReport Check(string text, string file)
    {
        var stream = YamlReader.Read(text.TrimStart('\ufeff'), file);
        var stop = stream.Errors.FirstOrDefault();
        var state = new State();
        foreach (var document in stream.Documents)
        {
            if (stop is not null && document.Position.Line >= stop.Line)
            {
                break;
            }

            if (document is not YamlMapping)
            {
                var at = document.Position;
                stop = new ConfigError("", YamlReader.SyntaxCode, $"a document is a map, not {document.Describe()}",
                    null,
                    at.File, at.Line, at.Column);
                break;
            }

            foreach (var decoded in _decoder.Decode(document))
            {
                Judge(decoded, state);
            }
        }

        return new FileReport(
            state.Errors.ToImmutable(), state.Warnings.ToImmutable(), state.Notes.ToImmutable(), stop);
    }

    private static void Judge(DecodedObject decoded, State state)
    {
        var subject = SubjectOf(decoded.Document);
        foreach (var error in decoded.Result.Errors)
        {
            if (error.Code == ConfigDecoder.KindCode)
            {
                state.Notes.Add($"{error} This object is not looked at.");
            }
            else if (error.Code != ConfigDecoder.NoNameCode)
            {
                state.Errors.Add((subject, error));
            }
        }

        state.Warnings.AddRange(decoded.Result.Warnings.Select(w => (subject, w)));
        switch (decoded.Config)
        {
            case { Spec: Service service } when decoded.Config.Namespace != SystemNamespace:
                Ports(service, decoded.Document, subject, state);
                break;
            case { Spec: Workload workload } when decoded.Config.Kind == ConfigKinds.Deployment:
                Labels(workload, decoded.Config, state);
                break;
        }
    }

    private static string SubjectOf(YamlNode document)
    {
        var metadata = document["metadata"];
        return $"{document["kind"]?.Text}/{metadata?["namespace"]?.Text}/{metadata?["name"]?.Text}";
    }

    private static void Ports(Service service, YamlNode document, string subject, State state)
    {
        for (var i = 0; i < (service.Spec?.Ports.Count ?? 0); i++)
        {
            var port = service.Spec!.Ports[i];
            if (port.Protocol.Equals("UDP", StringComparison.OrdinalIgnoreCase) || port.AppProtocol is { Length: > 0 })
            {
                continue;
            }

            var protocol = port.Name.StartsWith("grpc-web", StringComparison.OrdinalIgnoreCase) ? "grpc-web"
                : port.Name.Split('-')[0];
            if (Validation.Lexical.Protocol(protocol) is null or "")
            {
                var path = NodePath.Field(NodePath.Item("spec.ports", i), "name");
                var at = NodePath.Locate(document, path);
                state.Errors.Add((subject, new ConfigError(path, "service.portName",
                    $"the port name \"{port.Name}\" does not tell the protocol",
                    "Write http, http-web, grpc, tcp-db….",
                    at.File, at.Line, at.Column)));
            }
        }
    }

    private static void Labels(Workload workload, ConfigObject subject, State state)
    {
        var labels = workload.Spec?.Template?.Metadata?.Labels.Keys.ToHashSet() ?? [];
        var missing = new List<string>();
        if (!_appLabels.Any(labels.Contains))
        {
            missing.Add(_appLabels[0]);
        }

        if (!_versionLabels.Any(labels.Contains))
        {
            missing.Add(_versionLabels[0]);
        }

        if (missing.Count > 0)
        {
            state.Notes.Add($"deployment \"{subject.Name}/{subject.Namespace}\" lacks the labels "
                + $"{string.Join(" and ", missing)}, by which telemetry tells workloads apart");
        }
    }

    private sealed class State
    {
        public ImmutableArray<(string, ConfigError)>.Builder Errors { get; } =
            ImmutableArray.CreateBuilder<(string, ConfigError)>();

        public ImmutableArray<(string, ConfigError)>.Builder Warnings { get; } =
            ImmutableArray.CreateBuilder<(string, ConfigError)>();

        public ImmutableArray<string>.Builder Notes { get; } = ImmutableArray.CreateBuilder<string>();
    }
}
