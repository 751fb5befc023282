using System.Globalization;
using Lateen.Core.Protobuf;

namespace Lateen.Agent.Bootstrap;

/// <summary>The variables that an agent was started with, read once; typed access with Istio's rules for bad
/// values.</summary>
public sealed class AgentEnvironment(IReadOnlyDictionary<string, string> variables)
{
    /// <summary>All variables.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; } = variables;

    /// <summary>The value; the fallback where it is not set.</summary>
    public string Text(string name, string fallback = "") => Variables.GetValueOrDefault(name, fallback);

    /// <summary>A truth value as Go reads it; the fallback where it is not set or no truth value.</summary>
    public bool Flag(string name, bool fallback = false) => Text(name) switch
    {
        "1" or "t" or "T" or "true" or "True" or "TRUE" => true,
        "0" or "f" or "F" or "false" or "False" or "FALSE" => false,
        _ => fallback,
    };

    /// <summary>An integer; the fallback where it is not set or no integer.</summary>
    public int WholeNumber(string name, int fallback) =>
        int.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : fallback;

    /// <summary>A number; the fallback where it is not set or no number.</summary>
    public double Number(string name, double fallback) =>
        double.TryParse(Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : fallback;

    /// <summary>A duration as Go writes it, e.g. <c>1h30m</c>; the fallback where it is not set or no
    /// duration.</summary>
    public TimeSpan Duration(string name, TimeSpan fallback) =>
        DurationText.TryParse(Text(name), goForm: true, out var value) ? value.ToTimeSpan() : fallback;

    /// <summary>The variables whose name begins so, without that beginning, in the order of their names.</summary>
    public IEnumerable<(string Name, string Value)> WithPrefix(string prefix)
    {
        foreach (var (name, value) in Variables.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length)
            {
                yield return (name[prefix.Length..], value);
            }
        }
    }
}
