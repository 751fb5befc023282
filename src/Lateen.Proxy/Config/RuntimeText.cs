using Lateen.Core.Yaml;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Config;

/// <summary>Runtime values as people write them, in files and to the admin layer: plain words or YAML.</summary>
internal static class RuntimeText
{
    private const string Numerator = "numerator";
    private const string Denominator = "denominator";

    /// <summary>What a text stands for; it is shown as it was written.</summary>
    public static RuntimeValue Read(string text)
    {
        switch (text.Trim())
        {
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "y" or "Y":
                return new RuntimeValue(text) { Flag = true };
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" or "n" or "N":
                return new RuntimeValue(text) { Flag = false };
        }
        var isShare = text.Contains(Numerator, StringComparison.Ordinal)
            || text.Contains(Denominator, StringComparison.Ordinal);
        return isShare ? ReadShare(text) : RuntimeValue.OfText(text);
    }

    /// <summary>The unit of a share by its name; 0: it is none.</summary>
    public static uint UnitOf(string name) => name switch
    {
        "HUNDRED" => 100,
        "TEN_THOUSAND" => 10_000,
        "MILLION" => 1_000_000,
        _ => 0,
    };

    private static RuntimeValue ReadShare(string text)
    {
        if (YamlReader.Read(text).Documents is not [YamlMapping fields])
        {
            return new RuntimeValue(text);
        }
        var (share, unit) = (0u, UnitOf("HUNDRED"));
        foreach (var entry in fields.Entries)
        {
            if (entry.Key.Value == Numerator && entry.Value is YamlScalar number && number.TryGetInteger(out var count)
                && count >= 0 && count <= uint.MaxValue)
            {
                share = (uint)count;
            }
            else if (entry.Key.Value == Denominator && entry.Value is YamlScalar name
                && UnitOf(name.Value) is > 0 and var of)
            {
                unit = of;
            }
            else if (entry.Key.Value != Numerator)
            {
                return new RuntimeValue(text);
            }
        }
        return RuntimeValue.Of(share, unit, text);
    }
}
