using Istio.Networking.V1Alpha3;
using Istio.Telemetry.V1Alpha1;

namespace Lateen.Galley.Validation;

/// <summary>Whether a scalar member of a oneof is set, in a form that patterns can use.</summary>
internal static class OneofExtensions
{
    extension(StringMatch match)
    {
        public bool HasExact => match.MatchTypeCase == StringMatch.MatchTypeOneofCase.Exact;

        public bool HasPrefix => match.MatchTypeCase == StringMatch.MatchTypeOneofCase.Prefix;

        public bool HasRegex => match.MatchTypeCase == StringMatch.MatchTypeOneofCase.Regex;
    }

    extension(HTTPRedirect redirect)
    {
        public bool HasPort => redirect.RedirectPortCase == HTTPRedirect.RedirectPortOneofCase.Port;
    }

    extension(HTTPBody body)
    {
        public bool HasText => body.SpecifierCase == HTTPBody.SpecifierOneofCase.String;

        public bool HasBytes => body.SpecifierCase == HTTPBody.SpecifierOneofCase.Bytes;
    }

    extension(MetricSelector selector)
    {
        public bool HasCustomMetric => selector.MetricMatchCase == MetricSelector.MetricMatchOneofCase.CustomMetric;
    }
}
