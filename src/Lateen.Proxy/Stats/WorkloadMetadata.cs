using System.Text;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Proxy.Stats;

/// <summary>Who a workload is, as Istio's proxies tell each other and their metrics say.</summary>
internal sealed record WorkloadMetadata
{
    public string Instance { get; init; } = "";

    public string Cluster { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Workload { get; init; } = "";

    /// <summary>deployment, pod, job, cronjob; empty when unknown.</summary>
    public string Type { get; init; } = "";

    public string CanonicalName { get; init; } = "";

    public string CanonicalRevision { get; init; } = "";

    public string App { get; init; } = "";

    public string Version { get; init; } = "";

    public string Identity { get; init; } = "";

    public string Region { get; init; } = "";

    public string Zone { get; init; } = "";

    /// <summary>Labels that are told besides the usual ones.</summary>
    public KeyValuePair<string, string>[] Labels { get; init; } = [];

    /// <summary>Reads the mapping that peers exchange (and a node's metadata, which has the same keys).</summary>
    /// <param name="fields">The mapping.</param>
    /// <param name="additionalLabels">Names of labels to keep besides the usual ones.</param>
    public static WorkloadMetadata FromStruct(Struct fields, string[]? additionalLabels = null)
    {
        var labels = fields.Fields.TryGetValue("LABELS", out var value)
            && value.KindCase == Value.KindOneofCase.StructValue
            ? value.StructValue
            : new Struct();
        var owner = Text(fields, "OWNER");
        var workload = Text(fields, "WORKLOAD_NAME");
        return new WorkloadMetadata
        {
            Instance = Text(fields, "NAME"),
            Cluster = Text(fields, "CLUSTER_ID"),
            Namespace = Text(fields, "NAMESPACE"),
            Workload = workload,
            Type = TypeOf(owner, workload),
            CanonicalName = Text(labels, "service.istio.io/canonical-name"),
            CanonicalRevision = Text(labels, "service.istio.io/canonical-revision"),
            App = FirstOf(labels, "app.kubernetes.io/name", "app"),
            Version = FirstOf(labels, "app.kubernetes.io/version", "version"),
            Identity = Text(fields, "IDENTITY"),
            Region = Text(fields, "REGION"),
            Zone = Text(fields, "AVAILABILITY_ZONE"),
            Labels = LabelsOf(labels, additionalLabels),
        };
    }

    private static KeyValuePair<string, string>[] LabelsOf(Struct labels, string[]? names)
    {
        var found = new List<KeyValuePair<string, string>>();
        foreach (var name in names ?? [])
        {
            if (labels.Fields.ContainsKey(name))
            {
                found.Add(new(name, Text(labels, name)));
            }
        }
        return [.. found];
    }

    /// <summary>Reads <c>workload;namespace;name;revision;cluster</c> of an endpoint's metadata; null when it has fewer
    /// parts.</summary>
    public static WorkloadMetadata? FromEndpoint(string text)
    {
        var parts = text.Split(';');
        return parts.Length < 5 ? null : new WorkloadMetadata
        {
            Workload = parts[0],
            Namespace = parts[1],
            CanonicalName = parts[2],
            CanonicalRevision = parts[3],
            Cluster = parts[4],
        };
    }

    /// <summary>The mapping that peers exchange.</summary>
    public Struct ToStruct()
    {
        var result = new Struct();
        Put(result, "NAME", Instance);
        Put(result, "CLUSTER_ID", Cluster);
        Put(result, "NAMESPACE", Namespace);
        Put(result, "WORKLOAD_NAME", Workload);
        Put(result, "OWNER", Type.Length == 0 ? ""
            : $"kubernetes://apis/apps/v1/namespaces/{Namespace}/{Type}s/{Workload}");
        Put(result, "IDENTITY", Identity);
        Put(result, "REGION", Region);
        Put(result, "AVAILABILITY_ZONE", Zone);
        var labels = new Struct();
        Put(labels, "service.istio.io/canonical-name", CanonicalName);
        Put(labels, "service.istio.io/canonical-revision", CanonicalRevision);
        Put(labels, "app", App);
        Put(labels, "version", Version);
        foreach (var (name, value) in Labels)
        {
            labels.Fields[name] = Value.ForString(value);
        }
        result.Fields["LABELS"] = Value.ForStruct(labels);
        return result;
    }

    /// <summary>A field by the name that <c>%FILTER_STATE(…:FIELD:x)%</c> uses; null when there is no such.</summary>
    public string? GetField(string name) => name switch
    {
        "name" => Instance,
        "cluster" => Cluster,
        "namespace" => Namespace,
        "workload" => Workload,
        "type" => Type.Length > 0 ? Type : "unknown",
        "service" => CanonicalName,
        "revision" => CanonicalRevision,
        "app" => App,
        "version" => Version,
        "region" => Region,
        "availability_zone" => Zone,
        _ => null,
    };

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var name in new[] { "type", "workload", "name", "cluster", "namespace", "service", "revision", "app",
            "version", "region", "availability_zone" })
        {
            var value = GetField(name);
            if (!string.IsNullOrEmpty(value))
            {
                text.Append(text.Length > 0 ? "," : "").Append(name).Append('=').Append(value);
            }
        }
        foreach (var (name, value) in Labels)
        {
            text.Append(text.Length > 0 ? ",labels[]" : "labels[]").Append(name).Append('=').Append(value);
        }
        return text.ToString();
    }

    private static string Text(Struct fields, string key) =>
        fields.Fields.TryGetValue(key, out var value) && value.KindCase == Value.KindOneofCase.StringValue
            ? value.StringValue
            : "";

    private static string FirstOf(Struct fields, string first, string second) =>
        Text(fields, first) is { Length: > 0 } value ? value : Text(fields, second);

    private static string TypeOf(string owner, string workload)
    {
        var end = owner.Length - workload.Length - 2;
        return end <= 0 ? "" : owner[..end][(owner.LastIndexOf('/', end - 1) + 1)..];
    }

    private static void Put(Struct target, string key, string value)
    {
        if (value.Length > 0)
        {
            target.Fields[key] = Value.ForString(value);
        }
    }
}
