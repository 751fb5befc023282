namespace Lateen.Local.Demo;

/// <summary>One thing that the demo shows.</summary>
/// <param name="Title">What it is about.</param>
/// <param name="Run">Shows it.</param>
public sealed record DemoStep(string Title, Func<DemoContext, CancellationToken, Task<StepResult>> Run);
