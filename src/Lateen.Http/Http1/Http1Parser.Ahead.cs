namespace Lateen.Http.Http1;

/// <content>
/// Envoy hands body on only once all that came with it was read, so that a chunk in front of a broken one is never seen
/// (<see cref="Http1Limits.IsLenient"/>). Each byte is looked at once.
/// </content>
public sealed partial class Http1Parser
{
    private ChunkPosition _sound;
    private int _soundBytes;

    /// <summary>Checks what came behind the data just found, up to the trailers.</summary>
    private Http1Result LookBehind(Http1Result result, ReadOnlySpan<byte> data, ref int skip, ref int length)
    {
        var used = skip + length;
        _soundBytes = Math.Max(0, _soundBytes - used);
        var rest = data[used..];
        if (result != Http1Result.Data || rest.Length <= _soundBytes)
        {
            return result;
        }

        var here = Position;
        if (_soundBytes > 0)
        {
            Position = _sound;
        }

        for (var at = _soundBytes; at < rest.Length && _state != State.Trailers;)
        {
            if (ReadChunked(rest[at..], null, out var skipped, out var found) == Http1Result.Invalid)
            {
                skip = 0;
                length = 0;
                return Http1Result.Invalid;
            }

            at += skipped + found;
        }

        _sound = Position;
        _soundBytes = rest.Length;
        Position = here;
        return result;
    }

    private ChunkPosition Position
    {
        get => new(_state, _remaining, _chunkSizeDigits, _extensionBytes, _isSizeOver, _extension);
        set => (_state, _remaining, _chunkSizeDigits, _extensionBytes, _isSizeOver, _extension) =
            (value.State, value.Remaining, value.SizeDigits, value.ExtensionBytes, value.IsSizeOver, value.Extension);
    }

    private readonly record struct ChunkPosition(
        State State, long Remaining, int SizeDigits, int ExtensionBytes, bool IsSizeOver, Extension Extension);
}
