namespace Lateen.Proxy.HealthChecks;

/// <summary>Whether an answer holds pieces in a given order, with anything between them.</summary>
internal static class PayloadMatcher
{
    public static bool IsMatch(byte[][] pieces, ReadOnlySpan<byte> answer)
    {
        foreach (var piece in pieces)
        {
            var at = answer.IndexOf(piece);
            if (at < 0)
            {
                return false;
            }
            answer = answer[(at + piece.Length)..];
        }
        return true;
    }
}
