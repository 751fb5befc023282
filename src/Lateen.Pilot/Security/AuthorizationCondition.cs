namespace Lateen.Pilot.Security;

/// <summary>
/// One attribute of a rule with its wanted and unwanted values, made into permissions or principals.
/// </summary>
/// <param name="HttpOnly">The attribute belongs to a request, so that a TCP filter cannot see it.</param>
/// <param name="Values">Any of these must match; none means that the list says nothing.</param>
/// <param name="NotValues">None of these may match.</param>
/// <param name="Match">The matcher for a list of alternatives.</param>
internal sealed record AuthorizationCondition<T>(
    bool HttpOnly,
    IReadOnlyList<string> Values,
    IReadOnlyList<string> NotValues,
    Func<IReadOnlyList<string>, T> Match)
    where T : class;
