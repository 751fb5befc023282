using Lateen.Http;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.RateLimits;

/// <summary>
/// Makes one entry of a descriptor. Source: <c>route.v3.RateLimit.Action</c>. False: the descriptor is dropped; a null
/// key tells an entry that is skipped.
/// </summary>
internal delegate bool RateLimitAction(HeaderMap request, StreamInfo info, out RateLimitEntry entry);
