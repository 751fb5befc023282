using System.Buffers.Text;
using Google.Protobuf;
using Lateen.Http;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.Runtime;

/// <summary>Load reports (ORCA) that responses bring in a header, as text, JSON or protobuf.</summary>
internal static class LoadReports
{
    private static readonly HeaderName Report = HeaderName.Create("endpoint-load-metrics");
    private static readonly HeaderName BinaryReport = HeaderName.Create("endpoint-load-metrics-bin");

    internal static void Read(HeaderMap response, Host host, ReportedWeightConfig config, long nowNanos)
    {
        var (queries, errors, application, cpu) = (0.0, 0.0, 0.0, 0.0);
        if (response.TryGet(BinaryReport, out var encoded))
        {
            var buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(encoded.Length + 2)];
            Span<byte> padded = new byte[(encoded.Length + 3) / 4 * 4];
            padded.Fill((byte)'=');
            encoded.CopyTo(padded);
            if (Base64.DecodeFromUtf8(padded, buffer, out _, out var written) == System.Buffers.OperationStatus.Done)
            {
                ReadBinary(buffer.AsSpan(0, written).ToArray(), ref queries, ref errors, ref application, ref cpu);
            }
        }
        else if (response.TryGet(Report, out var text))
        {
            var isJson = text.StartsWith("JSON"u8);
            ReadPairs(text[Math.Min(text.Length, 5)..], isJson ? (byte)':' : (byte)'=', ref queries, ref errors,
                ref application, ref cpu);
        }
        else
        {
            return;
        }

        host.Reported ??= new ReportedWeight();
        host.Reported.Update(queries, errors, application > 0 ? application : cpu, config, nowNanos);
    }

    private static void ReadPairs(
        ReadOnlySpan<byte> text, byte between, ref double queries, ref double errors, ref double application,
        ref double cpu)
    {
        while (!text.IsEmpty)
        {
            var comma = text.IndexOf((byte)',');
            var pair = comma < 0 ? text : text[..comma];
            text = comma < 0 ? default : text[(comma + 1)..];
            var at = pair.IndexOf(between);
            if (at < 0)
            {
                continue;
            }

            var name = pair[..at].Trim(" {}\""u8);
            if (Utf8Parser.TryParse(pair[(at + 1)..].Trim(" {}\""u8), out double value, out _))
            {
                Set(name, value, ref queries, ref errors, ref application, ref cpu);
            }
        }
    }

    private static void Set(
        ReadOnlySpan<byte> name, double value, ref double queries, ref double errors, ref double application,
        ref double cpu)
    {
        if (name.SequenceEqual("rps_fractional"u8))
        {
            queries = value;
        }
        else if (name.SequenceEqual("eps"u8))
        {
            errors = value;
        }
        else if (name.SequenceEqual("application_utilization"u8))
        {
            application = value;
        }
        else if (name.SequenceEqual("cpu_utilization"u8))
        {
            cpu = value;
        }
    }

    /// <summary>Fields of <c>xds.data.orca.v3.OrcaLoadReport</c>: 1 cpu, 6 rps_fractional, 7 eps, 9
    /// application.</summary>
    private static void ReadBinary(
        byte[] bytes, ref double queries, ref double errors, ref double application, ref double cpu)
    {
        try
        {
            var input = new CodedInputStream(bytes);
            while (input.ReadTag() is var tag and not 0)
            {
                if ((tag & 7) != 1)
                {
                    input.SkipLastField();
                    continue;
                }

                var value = input.ReadDouble();
                switch (tag >> 3)
                {
                    case 1:
                        cpu = value;
                        break;
                    case 6:
                        queries = value;
                        break;
                    case 7:
                        errors = value;
                        break;
                    case 9:
                        application = value;
                        break;
                }
            }
        }
        catch (InvalidProtocolBufferException)
        {
            // What cannot be read says nothing of the host's load.
        }
    }
}
