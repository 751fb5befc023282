namespace Lateen.Proxy.OAuth2;

/// <summary>How a cookie of the filter is set.</summary>
/// <param name="Name">Its name, for cookies of a flow the part before the flow's.</param>
/// <param name="Path">Where it applies.</param>
/// <param name="Attributes">What follows <c>HttpOnly</c>.</param>
internal sealed record OAuth2Cookie(string Name, string Path, string Attributes)
{
    /// <summary>The value of a header that sets the cookie.</summary>
    public string Set(string name, string value, string maxAgeSeconds, string domain)
    {
        var domainPart = domain.Length > 0 ? $";domain={domain}" : "";
        return $"{name}={value}{domainPart};path={Path};Max-Age={maxAgeSeconds};secure;HttpOnly{Attributes}";
    }

    /// <summary>The value of a header that deletes the cookie; browsers want special names deleted as they were
    /// set.</summary>
    public string Delete(string name, string domain, bool keepsSecure = true)
    {
        var domainPart = domain.Length > 0 ? $";domain={domain}" : "";
        var secure = keepsSecure && (name.StartsWith("__Secure-", StringComparison.Ordinal)
            || name.StartsWith("__Host-", StringComparison.Ordinal)) ? "; Secure" : "";
        return $"{name}=deleted; path={Path}; expires=Thu, 01 Jan 1970 00:00:00 GMT{domainPart}{secure}";
    }

    /// <summary>Whether a cookie is this one or one of a flow.</summary>
    public bool Covers(string name) => name == Name
        || (name.Length > Name.Length + 1 && name.StartsWith(Name, StringComparison.Ordinal)
            && name[Name.Length] == '.');
}
