using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Lateen.Http;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Runtime;

/// <summary>Takes the metrics that a cluster passes on to its management server out of load reports (ORCA). Source:
/// <c>cluster.v3.Cluster.lrs_report_endpoint_metrics</c>.</summary>
internal static class LoadMetrics
{
    private static readonly HeaderName _report = HeaderName.Create("endpoint-load-metrics");
    private static readonly HeaderName _binary = HeaderName.Create("endpoint-load-metrics-bin");

    /// <summary>Numbers of single fields in <c>xds.data.orca.v3.OrcaLoadReport</c>, then those of its maps.</summary>
    private static readonly Dictionary<int, string> _fields = new()
    {
        [1] = "cpu_utilization",
        [2] = "mem_utilization",
        [6] = "rps_fractional",
        [7] = "eps",
        [9] = "application_utilization",
        [4] = "request_cost",
        [5] = "utilization",
        [8] = "named_metrics",
    };

    /// <summary>True when there was a report in the headers or trailers.</summary>
    public static bool TryTake(HeaderMap headers, Host host, string[] wanted)
    {
        if (headers.TryGet(_binary, out var encoded))
        {
            ReadEncoded(encoded, host, wanted);
            return true;
        }

        if (!headers.TryGet(_report, out var text))
        {
            return false;
        }

        if (text.StartsWith("JSON "u8))
        {
            ReadJson(text[5..].ToArray(), host, wanted);
        }
        else
        {
            ReadPairs(Encoding.UTF8.GetString(text.StartsWith("TEXT "u8) ? text[5..] : text), host, wanted);
        }

        return true;
    }

    private static void Add(string name, double value, Host host, string[] wanted)
    {
        if (value == 0)
        {
            return;
        }

        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var all = dot < 0 ? name : $"{name[..dot]}.*";
        if (Array.Exists(wanted, want => want == name || want == all))
        {
            host.LoadMetrics.Add(name, value);
        }
    }

    private static void ReadPairs(string text, Host host, string[] wanted)
    {
        foreach (var pair in text.Split(','))
        {
            var equals = pair.IndexOfAny(['=', ':']);
            if (equals > 0 && double.TryParse(
                pair[(equals + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                Add(pair[..equals].Trim(), value, host, wanted);
            }
        }
    }

    private static void ReadJson(byte[] json, Host host, string[] wanted)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            foreach (var field in document.RootElement.EnumerateObject())
            {
                if (field.Value.ValueKind == JsonValueKind.Number)
                {
                    Add(field.Name, field.Value.GetDouble(), host, wanted);
                }
                else if (field.Value.ValueKind == JsonValueKind.Object)
                {
                    foreach (var entry in field.Value.EnumerateObject())
                    {
                        Add($"{field.Name}.{entry.Name}", entry.Value.GetDouble(), host, wanted);
                    }
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What cannot be read says nothing of the host's load.
        }
    }

    private static void ReadEncoded(ReadOnlySpan<byte> encoded, Host host, string[] wanted)
    {
        Span<byte> padded = new byte[(encoded.Length + 3) / 4 * 4];
        padded.Fill((byte)'=');
        encoded.CopyTo(padded);
        var bytes = new byte[padded.Length];
        if (Base64.DecodeFromUtf8(padded, bytes, out _, out var written) != System.Buffers.OperationStatus.Done)
        {
            return;
        }

        try
        {
            ReadMessage(new CodedInputStream(bytes, 0, written), host, wanted);
        }
        catch (InvalidProtocolBufferException)
        {
            // As above.
        }
    }

    private static void ReadMessage(CodedInputStream input, Host host, string[] wanted)
    {
        while (input.ReadTag() is var tag and not 0)
        {
            if (!_fields.TryGetValue((int)(tag >> 3), out var name) || (tag & 7) is not (1 or 2))
            {
                input.SkipLastField();
            }
            else if ((tag & 7) == 1)
            {
                Add(name, input.ReadDouble(), host, wanted);
            }
            else
            {
                var (key, value) = ReadEntry(input.ReadBytes().CreateCodedInput());
                Add($"{name}.{key}", value, host, wanted);
            }
        }
    }

    private static (string Key, double Value) ReadEntry(CodedInputStream entry)
    {
        var (key, value) = ("", 0.0);
        while (entry.ReadTag() is var tag and not 0)
        {
            switch (tag)
            {
                case (1 << 3) | 2:
                    key = entry.ReadString();
                    break;
                case (2 << 3) | 1:
                    value = entry.ReadDouble();
                    break;
                default:
                    entry.SkipLastField();
                    break;
            }
        }

        return (key, value);
    }
}
