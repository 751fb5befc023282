using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>ip_tagging</c>: names the ranges that the client's address is in.</summary>
internal sealed class IpTaggingFilter : HttpFilter
{
    private readonly StatsScope _scope;
    private readonly int _total;
    private readonly int _none;
    private readonly (byte[] Name, CidrRange[] Ranges, int Hit)[] _tags;

    public IpTaggingFilter(StatsScope scope, IEnumerable<(string Name, CidrRange[] Ranges)> tags)
    {
        _scope = scope;
        _total = scope.GetOrAdd("ip_tagging.total");
        _none = scope.GetOrAdd("ip_tagging.no_hit");
        _tags = [.. tags.Select(tag => (System.Text.Encoding.UTF8.GetBytes(tag.Name), tag.Ranges,
            scope.GetOrAdd($"ip_tagging.{tag.Name}.hit")))];
    }

    /// <summary>Tag internal requests.</summary>
    public bool Internal { get; init; } = true;

    /// <summary>Tag external requests.</summary>
    public bool External { get; init; } = true;

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        if (info.IsInternal ? !Internal : !External)
        {
            return HttpFilterResult.Continue;
        }
        var address = info.EffectiveRemoteAddress.Ip;
        var found = false;
        foreach (var (name, ranges, hit) in _tags)
        {
            foreach (var range in ranges)
            {
                if (range.Contains(address))
                {
                    request.Append(HeaderId.XEnvoyIpTags, name, ","u8);
                    _scope.Add(worker, hit);
                    found = true;
                    break;
                }
            }
        }
        if (!found)
        {
            _scope.Add(worker, _none);
        }
        _scope.Add(worker, _total);
        return HttpFilterResult.Continue;
    }
}
