namespace Lateen.Http.Http2;

/// <summary>Where a session writes to, and what it counts with.</summary>
public interface IHttp2Owner
{
    /// <summary>Bytes appended by <see cref="Commit"/> that have not left yet.</summary>
    int UnsentBytes { get; }

    /// <summary>Free space at the end of the output, of at least <paramref name="minimum"/> bytes.</summary>
    Span<byte> GetSpace(int minimum);

    /// <summary>Counts bytes written into the span of <see cref="GetSpace"/>.</summary>
    void Commit(int length);

    /// <summary>Counts something.</summary>
    void Count(Http2Stat stat, long amount);
}
