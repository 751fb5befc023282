namespace Lateen.Proxy.Aws;

/// <summary>
/// Reads the files of the AWS command line (<c>~/.aws/credentials</c>, <c>~/.aws/config</c>): lines <c>key = value</c>
/// in sections of profiles. Pure.
/// </summary>
internal static class AwsProfileFile
{
    /// <summary>The credentials of a profile; null: it has none, or half of them.</summary>
    public static AwsCredentials? Credentials(string text, string profile)
    {
        var (id, secret) = (Find(text, profile, "aws_access_key_id"), Find(text, profile, "aws_secret_access_key"));
        return id.Length == 0 || secret.Length == 0
            ? null : new AwsCredentials(id, secret, Find(text, profile, "aws_session_token"));
    }

    /// <summary>The last value of a key in a section; empty: there is none.</summary>
    public static string Find(string text, string section, string key)
    {
        var (isInside, found) = (false, "");
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim();
            if (line.StartsWith('['))
            {
                isInside = line.TrimEnd(']')[1..].Trim() == section && line.EndsWith(']');
                continue;
            }
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (isInside && equals > 0 && line[0] is not ('#' or ';')
                && line[..equals].TrimEnd().Equals(key, StringComparison.OrdinalIgnoreCase))
            {
                found = line[(equals + 1)..].Trim();
            }
        }
        return found;
    }
}
