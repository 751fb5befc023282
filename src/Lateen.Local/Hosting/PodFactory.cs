using System.Globalization;
using System.Text.Json.Nodes;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Injector;
using Lateen.Kubernetes.Objects;
using Lateen.Local.Cluster;
using Lateen.Local.Network;
using Lateen.Local.Pods;

namespace Lateen.Local.Hosting;

/// <summary>Makes pods of templates: names, labels and addresses as controllers give them, and the proxy as the webhook
/// does.</summary>
internal sealed class PodFactory(PodInjector? injector, INodePlatform platform)
{
    private const string NameAlphabet = "bcdfghjklmnpqrstvwxz2456789";
    private readonly AddressPool _addresses = new(2, platform.Addresses.PodLast);
    private int _count;

    /// <summary>A new pod of a workload.</summary>
    /// <exception cref="LocalException">Admission refused it.</exception>
    public LocalPod Make(WorkloadSpec workload, IReadOnlyDictionary<string, string> namespaceLabels)
    {
        var number = ++_count;
        var id = new ObjectName(workload.Id.Namespace, Name(workload, number));
        var pod = Describe(workload, id, number);
        platform.Prepare(pod);
        var injected = false;
        if (injector is not null)
        {
            var owner = new WorkloadOwner(workload.ApiVersion, workload.Kind, workload.Id.Name);
            var result = injector.Inject(new InjectionTarget(pod, id.Namespace, namespaceLabels, owner));
            if (result.Errors.Count > 0)
            {
                throw new LocalException($"admission refused it: {string.Join("; ", result.Errors)}");
            }

            (pod, injected) = (result.Pod, result.Injected);
        }

        var message = MessageReader.Read<Pod>(
            YamlReader.Read(pod.ToJsonString()).Documents[0], MessageReadOptions.Kubernetes, out var errors);
        if (errors.Count > 0)
        {
            throw new LocalException(string.Join("; ", errors));
        }

        var place = platform.Place(message, injected, _addresses.Take(id.ToString()));
        return new LocalPod(workload, id, message, injected, place, number);
    }

    public void Release(LocalPod pod)
    {
        _addresses.Release(pod.Id.ToString());
        platform.Release(pod);
    }

    private static JsonObject Describe(WorkloadSpec workload, ObjectName id, int number)
    {
        var pod = workload.Template.DeepClone().AsObject();
        var metadata = pod["metadata"] as JsonObject ?? [];
        pod["metadata"] = metadata;
        metadata["name"] = id.Name;
        metadata["namespace"] = id.Namespace;
        metadata["uid"] = string.Create(CultureInfo.InvariantCulture, $"00000000-0000-4000-8000-{number:x12}");
        if (workload.Kind != "Pod")
        {
            var labels = metadata["labels"] as JsonObject ?? [];
            metadata["labels"] = labels;
            labels["pod-template-hash"] = workload.Hash;
            JsonNode owner = new JsonObject
            {
                ["apiVersion"] = workload.ApiVersion,
                ["kind"] = workload.Kind == "Deployment" ? "ReplicaSet" : workload.Kind,
                ["name"] = workload.Kind == "Deployment" ? $"{workload.Id.Name}-{workload.Hash}" : workload.Id.Name,
                ["controller"] = true,
            };
            metadata["ownerReferences"] = new JsonArray(owner);
        }

        return pod;
    }

    /// <summary>A pod alone keeps its name, a set's pods are numbered, others get the template's hash and five
    /// letters.</summary>
    private static string Name(WorkloadSpec workload, int number)
    {
        if (workload.Kind == "Pod")
        {
            return workload.Id.Name;
        }

        var rest = (uint)number * 2654435761u;
        Span<char> letters = stackalloc char[5];
        for (var i = 0; i < letters.Length; i++)
        {
            letters[i] = NameAlphabet[(int)(rest % (uint)NameAlphabet.Length)];
            rest /= (uint)NameAlphabet.Length;
        }

        var name = workload.Id.Name.Length > 46 ? workload.Id.Name[..46] : workload.Id.Name;
        return $"{name}-{workload.Hash}-{letters}";
    }
}
