namespace Lateen.Proxy.Routing;

/// <summary>A switch that a runtime key may turn. Source: <c>core.v3.RuntimeFeatureFlag</c>.</summary>
/// <param name="Default">What holds without the key.</param>
/// <param name="Key">The key; empty: none.</param>
internal sealed record RuntimeFlag(bool Default, string Key)
{
    public static RuntimeFlag On { get; } = new(true, "");

    public bool IsOn => Key.Length == 0 ? Default : RuntimeSettings.Current.GetFlag(Key, Default);
}
