using System.Text;

namespace Lateen.Proxy.Stats;

/// <summary>Who a workload is, in the header <c>baggage</c> that HBONE's ends exchange.</summary>
internal static class WorkloadBaggage
{
    private static readonly string[] Types = ["deployment", "pod", "cronjob", "job"];

    /// <summary>The header's value; what is empty is left out.</summary>
    public static string Write(WorkloadMetadata workload)
    {
        var text = new StringBuilder();
        Add($"k8s.{(workload.Type.Length > 0 ? workload.Type : "pod")}.name", workload.Workload);
        Add("service.name", workload.CanonicalName);
        Add("app.name", workload.App == workload.CanonicalName ? "" : workload.App);
        Add("service.version", workload.CanonicalRevision);
        Add("app.version", workload.Version == workload.CanonicalRevision ? "" : workload.Version);
        Add("k8s.namespace.name", workload.Namespace);
        Add("k8s.cluster.name", workload.Cluster);
        Add("k8s.instance.name", workload.Instance);
        Add("cloud.region", workload.Region);
        Add("cloud.availability_zone", workload.Zone);
        return text.ToString();

        void Add(string key, string value)
        {
            if (value.Length > 0)
            {
                text.Append(text.Length > 0 ? "," : "").Append(key).Append('=').Append(value);
            }
        }
    }

    /// <summary>Reads the header's value; unknown keys are left out. Nothing is decoded or trimmed.</summary>
    public static WorkloadMetadata Read(string value)
    {
        var workload = new WorkloadMetadata();
        foreach (var member in value.Split(','))
        {
            var equals = member.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                workload = With(workload, member[..equals], member[(equals + 1)..]);
            }
        }
        return workload with
        {
            App = workload.App.Length > 0 ? workload.App : workload.CanonicalName,
            CanonicalName = workload.CanonicalName.Length > 0 ? workload.CanonicalName : workload.App,
            Version = workload.Version.Length > 0 ? workload.Version : workload.CanonicalRevision,
            CanonicalRevision =
                workload.CanonicalRevision.Length > 0 ? workload.CanonicalRevision : workload.Version,
        };
    }

    private static WorkloadMetadata With(WorkloadMetadata workload, string key, string value)
    {
        foreach (var type in Types)
        {
            if (key == $"k8s.{type}.name")
            {
                return workload with { Workload = value, Type = type };
            }
        }
        return key switch
        {
            "service.name" => workload with { CanonicalName = value },
            "service.version" => workload with { CanonicalRevision = value },
            "app.name" => workload with { App = value },
            "app.version" => workload with { Version = value },
            "k8s.namespace.name" => workload with { Namespace = value },
            "k8s.cluster.name" => workload with { Cluster = value },
            "k8s.instance.name" => workload with { Instance = value },
            "cloud.region" => workload with { Region = value },
            "cloud.availability_zone" => workload with { Zone = value },
            _ => workload,
        };
    }
}
