using System.Text;
using Lateen.Http;
using Lateen.Proxy.Config;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Tcp;

/// <summary>Headers or trailers that a tunnel's peer answered, as <c>tcp_proxy</c> leaves them in the filter
/// state.</summary>
internal sealed class TunnelHeaders : IFilterStateObject
{
    private readonly string _part;
    private readonly List<(byte[] Name, byte[] Value)> _headers = [];

    /// <summary>Copies them, since the stream's own map is used again.</summary>
    /// <param name="part">What the message's field is called: <c>headers</c> or <c>trailers</c>.</param>
    /// <param name="headers">What to copy.</param>
    public TunnelHeaders(string part, HeaderMap headers)
    {
        _part = part;
        for (var i = 0; i < headers.Count; i++)
        {
            _headers.Add((headers.GetName(i).ToArray(), headers.GetValue(i).ToArray()));
        }
    }

    /// <summary>The first value of a name in lower case; null when there is none.</summary>
    public string? Get(string name)
    {
        foreach (var (key, value) in _headers)
        {
            if (Encoding.ASCII.GetString(key) == name)
            {
                return Encoding.UTF8.GetString(value);
            }
        }
        return null;
    }

    public string ToJson()
    {
        var output = new ByteBuffer();
        output.Write($"{{\"{_part}\":[");
        for (var i = 0; i < _headers.Count; i++)
        {
            output.Write(i > 0 ? ",{\"key\":"u8 : "{\"key\":"u8);
            JsonText.WriteString(output, _headers[i].Name);
            output.Write(",\"value\":"u8);
            JsonText.WriteString(output, _headers[i].Value);
            output.Write("}"u8);
        }
        output.Write("]}"u8);
        return output.ToString();
    }
}
