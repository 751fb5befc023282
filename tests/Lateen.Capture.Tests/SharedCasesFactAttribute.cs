namespace Lateen.Capture.Tests;

/// <summary>A test that needs the shared conformance cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedCasesFactAttribute : FactAttribute
{
    public SharedCasesFactAttribute()
    {
        if (SharedCases.Folder is null)
        {
            Skip = "the shared conformance cases are not beside the checkout (set LATEEN_SHARED)";
        }
    }
}
