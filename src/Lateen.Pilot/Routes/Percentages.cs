using Envoy.Config.Core.V3;
using Envoy.Type.V3;
using DenominatorType = Envoy.Type.V3.FractionalPercent.Types.DenominatorType;
using Percent = Istio.Networking.V1Alpha3.Percent;

namespace Lateen.Pilot.Routes;

/// <summary>Shares of traffic.</summary>
internal static class Percentages
{
    private const double MillionthsOfPercent = 10_000;

    /// <summary>A share with four decimal places.</summary>
    internal static FractionalPercent Of(Percent percent)
    {
        return new FractionalPercent
        {
            Numerator = (uint)(percent.Value * MillionthsOfPercent),
            Denominator = DenominatorType.Million,
        };
    }

    /// <summary>Whole percents.</summary>
    internal static FractionalPercent Of(uint percent)
    {
        return new FractionalPercent { Numerator = percent, Denominator = DenominatorType.Hundred };
    }

    /// <summary>A share that could be changed at run time, as Envoy wants it in routes.</summary>
    internal static RuntimeFractionalPercent Runtime(FractionalPercent percent)
    {
        return new RuntimeFractionalPercent { DefaultValue = percent };
    }
}
