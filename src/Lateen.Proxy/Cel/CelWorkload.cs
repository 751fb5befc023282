using System.Text;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Cel;

/// <summary>A peer's workload, field by field.</summary>
internal sealed class CelWorkload(WorkloadMetadata workload) : CelMap
{
    public override CelValue Get(CelEvaluation at, ReadOnlySpan<byte> key)
    {
        var name = Encoding.UTF8.GetString(key);
        if (name == "labels")
        {
            return CelValue.Of(new Labels(workload.Labels));
        }
        var value = name == "identity" ? workload.Identity : workload.GetField(name);
        return string.IsNullOrEmpty(value) ? CelValue.Error : at.Text(value);
    }

    private sealed class Labels(KeyValuePair<string, string>[] labels) : CelMap
    {
        public override CelValue Get(CelEvaluation at, ReadOnlySpan<byte> key)
        {
            var name = Encoding.UTF8.GetString(key);
            var index = Array.FindIndex(labels, label => label.Key == name);
            return index < 0 ? CelValue.Error : at.Text(labels[index].Value);
        }
    }
}
