namespace Lateen.Proxy.ExtProc;

/// <summary>What holds for the header changes of one answer.</summary>
/// <param name="Rules">Which headers may be changed.</param>
/// <param name="CountMax">Removals, and settings, of one answer; more are an error.</param>
/// <param name="Replaces">The answer replaces the message, so that its method may change.</param>
/// <param name="KeepsLength">A <c>content-length</c> is passed over: the body's length is not known yet.</param>
internal readonly record struct HeaderMutationScope(
    HeaderMutationRules Rules, int CountMax, bool Replaces = false, bool KeepsLength = false);
