using System.Text;

namespace Bookinfo.Service;

/// <summary>An HTTP/1.1 message: first line, headers in order, body.</summary>
internal sealed record Message(string[] FirstLine, List<KeyValuePair<string, string>> Headers, byte[] Body)
{
    private const int HeadBytesMax = 64 * 1024;
    private const int BodyBytesMax = 1024 * 1024;

    public string Text => Encoding.UTF8.GetString(Body);

    public string? Header(string name)
    {
        foreach (var (key, value) in Headers)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Reads one message; null when the peer has closed or sent what is no HTTP.</summary>
    public static async Task<Message?> ReadAsync(MessageReader reader, bool isResponseToHead = false)
    {
        var head = await reader.ReadHeadAsync(HeadBytesMax).ConfigureAwait(false);
        if (head is null)
        {
            return null;
        }

        var lines = head.Split("\r\n");
        var first = lines[0].Split(' ', 3);
        if (first.Length < 2)
        {
            return null;
        }

        List<KeyValuePair<string, string>> headers = [];
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                headers.Add(new(line[..colon], line[(colon + 1)..].Trim()));
            }
        }

        var message = new Message(first, headers, []);
        var isResponse = first[0].StartsWith("HTTP/", StringComparison.Ordinal);
        if (isResponseToHead || (isResponse && first[1] is "204" or "304"))
        {
            return message;
        }

        var body = await ReadBodyAsync(reader, message, isResponse).ConfigureAwait(false);
        return body is null ? null : message with { Body = body };
    }

    public byte[] ToBytes()
    {
        var head = new StringBuilder(string.Join(' ', FirstLine)).Append("\r\n");
        foreach (var (key, value) in Headers)
        {
            head.Append(key).Append(": ").Append(value).Append("\r\n");
        }

        return [.. Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()), .. Body];
    }

    private static async Task<byte[]?> ReadBodyAsync(MessageReader reader, Message message, bool isResponse)
    {
        if (message.Header("transfer-encoding")?.Contains("chunked", StringComparison.OrdinalIgnoreCase) == true)
        {
            return await reader.ReadChunksAsync(BodyBytesMax).ConfigureAwait(false);
        }

        if (message.Header("content-length") is { } length)
        {
            return int.TryParse(length, out var count) && count is >= 0 and <= BodyBytesMax
                ? await reader.ReadBytesAsync(count).ConfigureAwait(false)
                : null;
        }

        return isResponse ? await reader.ReadToEndAsync(BodyBytesMax).ConfigureAwait(false) : [];
    }
}
