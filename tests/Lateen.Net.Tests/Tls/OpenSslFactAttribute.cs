namespace Lateen.Net.Tests.Tls;

/// <summary>Needs the program <c>openssl</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OpenSslFactAttribute : FactAttribute
{
    public OpenSslFactAttribute()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, "openssl"))))
        {
            Skip = "the program openssl is not installed";
        }
    }
}
