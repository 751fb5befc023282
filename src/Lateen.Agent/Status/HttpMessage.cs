using System.Text;

namespace Lateen.Agent.Status;

/// <summary>The small part of HTTP/1.1 that the agent's own servers and calls need.</summary>
internal static class HttpMessage
{
    /// <summary>A longer head ends the connection.</summary>
    public const int HeadBytesMax = 16 * 1024;

    /// <summary>
    /// Reads up to the blank line; null when the peer closed before it or the head is too long. What followed the head
    /// in the same read is returned with it.
    /// </summary>
    public static async Task<(string Head, byte[] Remainder)?> ReadHeadAsync(Stream stream, CancellationToken cancel)
    {
        var buffer = new byte[HeadBytesMax];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancel);
            if (read == 0)
            {
                return null;
            }
            length += read;
            var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                return (Encoding.Latin1.GetString(buffer, 0, end), buffer[(end + 4)..length]);
            }
        }
        return null;
    }

    /// <summary>The headers of a head, names in lower case; repeated ones are joined by commas.</summary>
    public static Dictionary<string, string> ParseHeaders(string head)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in head.Split("\r\n").Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                continue;
            }
            var name = line[..colon].ToLowerInvariant();
            var value = line[(colon + 1)..].Trim();
            headers[name] = headers.TryGetValue(name, out var before) ? $"{before}, {value}" : value;
        }
        return headers;
    }
}
