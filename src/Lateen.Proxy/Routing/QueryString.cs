namespace Lateen.Proxy.Routing;

/// <summary>Takes paths apart.</summary>
internal static class QueryString
{
    /// <summary>The path without query and fragment.</summary>
    public static ReadOnlySpan<byte> PathOnly(ReadOnlySpan<byte> path)
    {
        var end = path.IndexOfAny((byte)'?', (byte)'#');
        return end < 0 ? path : path[..end];
    }

    /// <summary>Query and fragment with the leading <c>?</c> or <c>#</c>; empty when there is neither.</summary>
    public static ReadOnlySpan<byte> AfterPath(ReadOnlySpan<byte> path)
    {
        var end = path.IndexOfAny((byte)'?', (byte)'#');
        return end < 0 ? default : path[end..];
    }

    /// <summary>The first value of a parameter; a parameter without <c>=</c> has an empty one.</summary>
    public static bool TryGet(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        var question = path.IndexOf((byte)'?');
        if (question < 0)
        {
            return false;
        }
        var rest = path[(question + 1)..];
        var fragment = rest.IndexOf((byte)'#');
        rest = fragment < 0 ? rest : rest[..fragment];
        while (true)
        {
            var end = rest.IndexOf((byte)'&');
            var pair = end < 0 ? rest : rest[..end];
            var equals = pair.IndexOf((byte)'=');
            if ((equals < 0 ? pair : pair[..equals]).SequenceEqual(name) && pair.Length > 0)
            {
                value = equals < 0 ? default : pair[(equals + 1)..];
                return true;
            }
            if (end < 0)
            {
                return false;
            }
            rest = rest[(end + 1)..];
        }
    }
}
