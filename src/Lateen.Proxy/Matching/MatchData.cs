using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Matching;

/// <summary>What the inputs of a matcher look at: a request, perhaps its response, or only a connection.</summary>
internal readonly record struct MatchData(StreamInfo Info, HeaderMap? Request, HeaderMap? Response)
{
    /// <summary>Value of the statistic's tag that is matched; null: none is.</summary>
    public byte[]? TagValue { get; init; }
}
