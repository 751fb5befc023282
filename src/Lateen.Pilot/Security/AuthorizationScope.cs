namespace Lateen.Pilot.Security;

/// <summary>What the translation of one policy rule must know besides the rule.</summary>
/// <param name="Namespace">Namespace of the policy: default of service accounts without one.</param>
/// <param name="ForTcp">The filter is a network filter, which sees no request.</param>
internal readonly record struct AuthorizationScope(string Namespace, bool ForTcp);
