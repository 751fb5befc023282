using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Pacing;

/// <summary>A number that a runtime key may override.</summary>
internal readonly record struct RuntimeNumber(double Default, string Key)
{
    public double Value => Key.Length == 0 ? Default : RuntimeSettings.Current.GetDouble(Key, Default);

    /// <summary>A switch is on unless zero.</summary>
    public bool IsOn() => Key.Length == 0 ? Default != 0 : RuntimeSettings.Current.GetFlag(Key, Default != 0);
}
