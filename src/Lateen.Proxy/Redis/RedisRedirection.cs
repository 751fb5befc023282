namespace Lateen.Proxy.Redis;

/// <summary>Errors that say where a key is: <c>-MOVED 1234 10.0.0.1:6379</c> and <c>-ASK</c>.</summary>
internal static class RedisRedirection
{
    /// <summary>False when the error is another one.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> frame, out ReadOnlySpan<byte> address, out bool asks)
    {
        address = default;
        var text = frame[1..^2];
        asks = text.StartsWith("ASK "u8);
        if (!asks && !text.StartsWith("MOVED "u8))
        {
            return false;
        }

        text = text[(asks ? 4 : 6)..];
        var space = text.IndexOf((byte)' ');
        if (space <= 0)
        {
            return false;
        }

        address = text[(space + 1)..];
        return address.Length > 0 && !address.Contains((byte)' ');
    }
}
