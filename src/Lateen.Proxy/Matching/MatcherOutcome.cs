namespace Lateen.Proxy.Matching;

/// <summary>An action or a further matcher.</summary>
internal sealed class MatcherOutcome<T>(T? action, MatcherTree<T>? nested)
    where T : class
{
    public T? Resolve(in MatchData data) => action ?? nested?.Match(data);
}
