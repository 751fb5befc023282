using System.Buffers.Text;
using System.Text;
using Lateen.Core.Yaml;
using Lateen.Http;
using Lateen.Proxy.Transcoding;
using RpcStatus = Google.Rpc.Status;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>How a gRPC call ended, in the words of the Connect protocol ("Error Codes", "Error End-Stream").</summary>
/// <param name="Code">The gRPC status; -1: one that is no number, or not known.</param>
/// <param name="Message">As it was sent, with its percent signs, as in Envoy.</param>
/// <param name="Details">What <c>grpc-status-details-bin</c> adds.</param>
internal sealed record ConnectStatus(int Code, string Message, RpcStatus? Details)
{
    private const int CodeMax = 16;

    private static readonly string[] Names =
    [
        "", "canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "already_exists",
        "permission_denied", "resource_exhausted", "failed_precondition", "aborted", "out_of_range", "unimplemented",
        "internal", "unavailable", "data_loss", "unauthenticated",
    ];

    private static readonly int[] HttpStatuses =
        [500, 408, 500, 400, 408, 404, 409, 403, 429, 412, 409, 400, 404, 500, 503, 500, 401];

    /// <summary>What a call of one message that failed answers with.</summary>
    public int HttpStatus => Code is > 0 and <= CodeMax ? HttpStatuses[Code] : 500;

    /// <summary>Reads trailers, or headers that stand for them; null: they have no status.</summary>
    public static ConnectStatus? Read(HeaderMap trailers)
    {
        if (!trailers.TryGet(HeaderId.GrpcStatus, out var text) || text.IsEmpty)
        {
            return null;
        }
        text = text.Trim(" \t"u8);
        var isKnown = Utf8Parser.TryParse(text, out uint code, out var used) && used == text.Length && code <= CodeMax;
        return new ConnectStatus(
            isKnown ? (int)code : -1, Encoding.UTF8.GetString(trailers.Get(HeaderId.GrpcMessage)),
            GrpcStatusDetails.Read(trailers));
    }

    /// <summary>The error as JSON.</summary>
    public byte[] ToJson() => JsonPrinter.Print(ToNode(), false);

    /// <summary>The last message of a stream.</summary>
    /// <param name="status">How the call ended; null: nobody said so, which is an error without a name.</param>
    /// <param name="trailers">What becomes metadata: all but gRPC's own; null: nothing.</param>
    public static byte[] EndOfStream(ConnectStatus? status, HeaderMap? trailers)
    {
        var entries = new List<(string Key, YamlNode Value)>();
        if (status is not { Code: 0 })
        {
            entries.Add(("error", (status ?? new ConnectStatus(0, "", null)).ToNode()));
        }
        if (trailers is not null && Metadata(trailers) is { Entries.Count: > 0 } metadata)
        {
            entries.Add(("metadata", metadata));
        }
        return JsonPrinter.Print(new YamlMapping([.. entries]), false);
    }

    private static YamlMapping Metadata(HeaderMap trailers)
    {
        var values = new SortedDictionary<string, List<YamlNode>>(StringComparer.Ordinal);
        for (var i = 0; i < trailers.Count; i++)
        {
            if (trailers.GetName(i).StartsWith("grpc-"u8))
            {
                continue;
            }
            var name = Encoding.ASCII.GetString(trailers.GetName(i));
            if (!values.TryGetValue(name, out var list))
            {
                values.Add(name, list = []);
            }
            list.Add(new YamlScalar(Encoding.UTF8.GetString(trailers.GetValue(i))));
        }
        return new YamlMapping([.. values.Select(pair => (pair.Key, (YamlNode)new YamlSequence(pair.Value)))]);
    }

    private YamlMapping ToNode()
    {
        var name = Code is > 0 and <= CodeMax ? Names[Code] : $"code_{Code}";
        var entries = new List<(string Key, YamlNode Value)> { ("code", new YamlScalar(name)) };
        if (Message.Length > 0)
        {
            entries.Add(("message", new YamlScalar(Message)));
        }
        if (Details is { Details.Count: > 0 } details)
        {
            entries.Add(("details", new YamlSequence([.. details.Details.Select(detail => new YamlMapping(
                ("type", new YamlScalar(detail.TypeUrl)), ("value", new YamlScalar(detail.Value.ToBase64()))))])));
        }
        return new YamlMapping([.. entries]);
    }
}
