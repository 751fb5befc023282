using System.Collections.Frozen;

namespace Lateen.Pilot.Listeners;

/// <summary>Cipher suites of TLS up to 1.2 that a Gateway may name; others are ignored with a warning.</summary>
internal static class CipherSuites
{
    private const string Operators = "+-!@";

    private static readonly FrozenSet<string> Known = new[]
    {
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
        "AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA", "DES-CBC3-SHA", "ALL",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether the proxy takes the name.</summary>
    internal static bool IsKnown(string suite)
    {
        return Known.Contains(suite)
            || (suite.Length > 0 && Operators.Contains(suite[0], StringComparison.Ordinal));
    }
}
