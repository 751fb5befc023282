using System.Text;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Routing;

/// <summary>A condition on an object of the filter state. Source: <c>type.matcher.v3.FilterStateMatcher</c>.</summary>
internal sealed class FilterStateMatcher
{
    private readonly string _key;
    private readonly StringMatcher? _value;
    private readonly CidrRange[] _ranges = [];
    private readonly bool _isInverted;

    public FilterStateMatcher(string key, StringMatcher value) => (_key, _value) = (key, value);

    public FilterStateMatcher(string key, CidrRange[] ranges, bool isInverted) =>
        (_key, _ranges, _isInverted) = (key, ranges, isInverted);

    public bool IsMatch(StreamInfo info)
    {
        if (info.GetFilterState(_key) is not { } state)
        {
            return false;
        }
        return _value is null ? IsInRanges(state) : MatchesText(_value, state);
    }

    private static bool MatchesText(StringMatcher matcher, object state)
    {
        if (state is byte[] bytes)
        {
            return matcher.IsMatch(bytes);
        }
        var text = state as string ?? state.ToString() ?? "";
        Span<byte> space = stackalloc byte[256];
        return Encoding.UTF8.TryGetBytes(text, space, out var length)
            ? matcher.IsMatch(space[..length])
            : matcher.IsMatch(Encoding.UTF8.GetBytes(text));
    }

    private bool IsInRanges(object state)
    {
        if (!TryGetAddress(state, out var ip))
        {
            return false;
        }
        foreach (var range in _ranges)
        {
            if (range.Contains(ip))
            {
                return !_isInverted;
            }
        }
        return _isInverted;
    }

    private static bool TryGetAddress(object state, out IpAddress ip)
    {
        if (state is Address address)
        {
            ip = address.Ip;
            return true;
        }
        var text = state as byte[] ?? Encoding.UTF8.GetBytes(state as string ?? "");
        return IpAddress.TryParse(text, out ip);
    }
}
