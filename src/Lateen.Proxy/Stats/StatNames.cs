namespace Lateen.Proxy.Stats;

/// <summary>Rules for names in statistics.</summary>
internal static class StatNames
{
    /// <summary>Colons become underscores, as in all dynamic parts of Envoy's names.</summary>
    public static string Sanitize(string name) => name.Replace(':', '_');
}
