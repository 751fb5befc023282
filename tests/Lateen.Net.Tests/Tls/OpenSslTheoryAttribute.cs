namespace Lateen.Net.Tests.Tls;

/// <summary>As <see cref="OpenSslFactAttribute"/>, for several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OpenSslTheoryAttribute : TheoryAttribute
{
    public OpenSslTheoryAttribute() => Skip = new OpenSslFactAttribute().Skip;
}
