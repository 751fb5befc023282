using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Runtime;
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

    /// <summary>Where the tags go instead of <c>x-envoy-ip-tags</c>; null: there.</summary>
    public HeaderName? Header { get; init; }

    /// <summary>What the client sent in that header goes first.</summary>
    public bool Sanitizes { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var info = stream.Info;
        if ((info.IsInternal ? Internal : External) && Apply(stream.Worker.Index, stream.Request, info))
        {
            stream.RefreshRoute();
        }
        return HttpFilterResult.Continue;
    }

    /// <summary>True when the request has tags now.</summary>
    private bool Apply(int worker, HeaderMap request, StreamInfo info)
    {
        var address = info.EffectiveRemoteAddress.Ip;
        var found = false;
        if (Header is { } sanitized && Sanitizes)
        {
            request.Remove(sanitized);
        }
        foreach (var (name, ranges, hit) in _tags)
        {
            foreach (var range in ranges)
            {
                if (range.Contains(address))
                {
                    Tag(request, name);
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
        return found;
    }

    private void Tag(HeaderMap request, byte[] name)
    {
        if (Header is not { } header)
        {
            request.Append(HeaderId.XEnvoyIpTags, name, ","u8);
        }
        else if (request.IndexOf(header) is >= 0 and var index)
        {
            request.AppendValue(index, name, ","u8);
        }
        else
        {
            request.Add(header, name);
        }
    }
}
