using Lateen.Http;
using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Http;

/// <summary>A way to tell the client's address. Source: <c>original_ip_detection_extensions</c>.</summary>
internal abstract class IpDetection
{
    /// <summary>Status for requests without an address; zero: they pass.</summary>
    public int RejectStatus { get; init; }

    /// <summary>The peer is added to x-forwarded-for, as without extensions.</summary>
    public bool AppendsPeer { get; init; }

    /// <summary>Finds the address; <paramref name="isTrusted"/>: the request may count as internal.</summary>
    public abstract bool Detect(HeaderMap request, Address direct, out Address address, out bool isTrusted);

    /// <summary>The value of one header is the address.</summary>
    internal sealed class CustomHeader(HeaderName name, bool trust) : IpDetection
    {
        public override bool Detect(HeaderMap request, Address direct, out Address address, out bool isTrusted)
        {
            (address, isTrusted) = (default, false);
            if (!request.TryGet(name, out var value) || !IpAddress.TryParse(value, out var ip))
            {
                return false;
            }
            (address, isTrusted) = (new Address(ip, 0), trust);
            return true;
        }
    }

    /// <summary>An entry of x-forwarded-for: the n-th from the right, or the first from the right that is in no trusted
    /// range.</summary>
    internal sealed class ForwardedFor(int hops, CidrRange[] trusted) : IpDetection
    {
        public override bool Detect(HeaderMap request, Address direct, out Address address, out bool isTrusted)
        {
            (address, isTrusted) = (default, false);
            var list = request.Get(HeaderId.XForwardedFor);
            if (list.IsEmpty || (trusted.Length > 0 && !IsTrusted(direct.Ip)))
            {
                return false;
            }
            for (var i = 0; ; i++)
            {
                var comma = list.LastIndexOf((byte)',');
                if (!IpAddress.TryParse(list[(comma + 1)..].Trim(" \t"u8), out var ip))
                {
                    address = default;
                    return false;
                }
                address = new Address(ip, 0);
                if (trusted.Length > 0 ? !IsTrusted(ip) : i == hops)
                {
                    isTrusted = trusted.Length == 0 && hops == 0 && comma < 0;
                    return true;
                }
                if (comma < 0)
                {
                    return trusted.Length > 0;
                }
                list = list[..comma];
            }
        }

        private bool IsTrusted(IpAddress ip)
        {
            foreach (var range in trusted)
            {
                if (range.Contains(ip))
                {
                    return true;
                }
            }
            return false;
        }
    }
}
