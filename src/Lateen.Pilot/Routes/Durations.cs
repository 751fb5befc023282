using Google.Protobuf.WellKnownTypes;
using Lateen.Core.Protobuf;

namespace Lateen.Pilot.Routes;

/// <summary>Durations as metadata writes them.</summary>
internal static class Durations
{
    /// <summary>No time at all, which mostly means no limit.</summary>
    internal static Duration Zero()
    {
        return new Duration();
    }

    /// <summary>Reads Go's notation (<c>1h30m</c>, <c>1.5s</c>); null for empty or other text.</summary>
    internal static Duration? Parse(string text)
    {
        return text.Length > 0 && DurationText.TryParse(text, goForm: true, out var duration) ? duration : null;
    }
}
