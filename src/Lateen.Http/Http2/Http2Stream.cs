namespace Lateen.Http.Http2;

/// <summary>
/// The protocol's state of one stream. Made and reused by <see cref="Http2Session"/>; the user hangs its own object on
/// <see cref="Owner"/> and gives the stream back with <see cref="Http2Session.Return"/> once it is closed.
/// </summary>
public sealed class Http2Stream
{
    /// <summary>Number on the connection; 0 on a client's side before its headers are sent.</summary>
    public int Id { get; internal set; }

    /// <summary>What the user keeps with it.</summary>
    public object? Owner { get; set; }

    /// <summary>Where its headers are read into; set it at <see cref="Http2Event.StreamBegun"/> or when
    /// opening.</summary>
    public HeaderMap? Headers { get; set; }

    /// <summary>Where its trailers are read into.</summary>
    public HeaderMap? Trailers { get; set; }

    /// <summary>The request that it carries is HEAD, so that a response has no body whatever its length says.</summary>
    public bool IsHead { get; set; }

    /// <summary>The request that it carries is CONNECT (RFC 9113 §8.5).</summary>
    public bool IsConnect { get; set; }

    /// <summary>Bytes that may be sent on it; can be below zero after a change of settings.</summary>
    public long SendWindow { get; internal set; }

    /// <summary>This side has ended it.</summary>
    public bool IsLocalEnded { get; internal set; }

    /// <summary>The peer has ended it.</summary>
    public bool IsRemoteEnded { get; internal set; }

    /// <summary>Ended or reset: nothing more can be sent or comes.</summary>
    public bool IsClosed { get; internal set; }

    /// <summary>A final response has come (or, for a server, the request's headers).</summary>
    public bool IsHeadSeen { get; internal set; }

    internal long ReceiveWindow { get; set; }

    /// <summary>Bytes consumed that no WINDOW_UPDATE has told of yet.</summary>
    internal int Credit { get; set; }

    /// <summary>Of the body by content-length; -1 when it was not told.</summary>
    internal long BytesExpected { get; set; }

    internal void Number(int id, long sendWindow, long receiveWindow)
    {
        Id = id;
        SendWindow = sendWindow;
        ReceiveWindow = receiveWindow;
    }

    internal void Begin()
    {
        Number(0, 0, 0);
        Owner = null;
        Headers = null;
        Trailers = null;
        IsHead = false;
        IsConnect = false;
        IsLocalEnded = false;
        IsRemoteEnded = false;
        IsClosed = false;
        IsHeadSeen = false;
        Credit = 0;
        BytesExpected = -1;
    }
}
