namespace Lateen.Simulation.Tests.DataPath;

/// <summary>
/// One request and what became of it. Both bodies follow from its number, so that every byte tells where it belongs.
/// </summary>
internal sealed class Exchange(int id, string clusters, int requestBytes)
{
    public int Id { get; } = id;

    /// <summary>The clusters that it may reach, a letter each.</summary>
    public string Clusters { get; } = clusters;

    public int RequestBytes { get; } = requestBytes;

    /// <summary>Asked with HEAD: the answer has no body.</summary>
    public bool IsHead { get; init; }

    /// <summary>The client, or the network before it, gave it up: no answer is due.</summary>
    public bool IsExcused { get; set; }

    public bool IsHeadSeen { get; private set; }

    public bool IsOver { get; private set; }

    public string Outcome { get; private set; } = "open";

    /// <summary>An upstream answered; else the proxy did.</summary>
    public bool IsFromUpstream { get; private set; }

    private int _expected = -1;
    private int _received;

    public static byte RequestByte(int id, int index) => (byte)((id * 31) + (index * 7) + (index >> 8));

    public static byte ResponseByte(int id, int index) => (byte)((id * 17) + (index * 11) + (index >> 8) + 101);

    /// <summary>Headers of an answer came; gives what is wrong with them, or null.</summary>
    public string? OnHead(int status, Func<string, string?> header)
    {
        if (IsHeadSeen || IsOver)
        {
            return $"request {Id} is answered twice: {status} after {Outcome}";
        }

        IsHeadSeen = true;
        Outcome = $"{status}";
        if (header("x-answer") is not { } answer)
        {
            return status is >= 400 or 0 ? null : $"request {Id}: {status} comes from nobody";
        }

        IsFromUpstream = true;
        if (answer != $"{Id}")
        {
            return $"request {Id} got the answer of {answer}";
        }

        _expected = int.Parse(header("x-bytes")!, System.Globalization.CultureInfo.InvariantCulture);
        return Clusters.Contains(header("x-cluster")!, StringComparison.Ordinal)
            ? null : $"request {Id} for {Clusters} was answered by cluster {header("x-cluster")}";
    }

    public string? OnBody(ReadOnlySpan<byte> bytes)
    {
        if (!IsFromUpstream)
        {
            return null;
        }

        foreach (var b in bytes)
        {
            if (b != ResponseByte(Id, _received++))
            {
                return $"request {Id}: byte {_received - 1} of the answer is another's";
            }
        }

        return null;
    }

    /// <summary>The answer has ended as the protocol says.</summary>
    public string? OnEnd()
    {
        IsOver = true;
        return IsFromUpstream && !IsHead && _received != _expected
            ? $"request {Id}: the answer ended whole after {_received} of {_expected} bytes" : null;
    }

    /// <summary>The connection or stream broke before the answer was whole.</summary>
    public void OnBroken(string how)
    {
        if (!IsOver)
        {
            IsOver = true;
            Outcome = IsHeadSeen ? $"{Outcome}, {how}" : how;
        }
    }
}
