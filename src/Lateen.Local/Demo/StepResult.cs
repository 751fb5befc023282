namespace Lateen.Local.Demo;

/// <summary>What one step of the demo showed.</summary>
/// <param name="Seen">Whether it was seen to happen.</param>
/// <param name="What">What was seen, in numbers.</param>
public sealed record StepResult(bool Seen, string What);
