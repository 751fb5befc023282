using System.Globalization;

namespace Lateen.Proxy.GrpcFilters;

/// <summary>How many messages a call has had; filter state of <c>grpc_stats</c>.</summary>
internal sealed class GrpcCallCounts : Streams.IFilterStateObject
{
    /// <summary>Name of the object.</summary>
    public const string StateKey = "envoy.filters.http.grpc_stats";

    public long Requests { get; set; }

    public long Responses { get; set; }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Requests},{Responses}");

    /// <summary>The protobuf message's JSON, whose long numbers are texts.</summary>
    public string ToJson()
    {
        var requests = Requests == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $"\"requestMessageCount\":\"{Requests}\"");
        var responses = Responses == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $"\"responseMessageCount\":\"{Responses}\"");
        return $"{{{requests}{(requests.Length > 0 && responses.Length > 0 ? "," : "")}{responses}}}";
    }
}
