using System.Text;
using Lateen.Http;
using Lateen.Proxy.Addresses;

namespace Lateen.Proxy.Sessions;

/// <summary>A header that holds the host in base64. Source: <c>stateful_session.header.v3</c>.</summary>
internal sealed class HeaderSessionState(HeaderName name) : SessionState
{
    public override Address Read(HeaderMap request, long unixSeconds) =>
        request.TryGet(name, out var value) ? Decode(value) : default;

    public override bool? Write(
        HeaderMap response, byte[] host, bool isNew, bool wasAsked, long unixSeconds)
    {
        if (isNew)
        {
            response.Set(name, Encoding.ASCII.GetBytes(Convert.ToBase64String(host)));
        }
        return isNew;
    }
}
