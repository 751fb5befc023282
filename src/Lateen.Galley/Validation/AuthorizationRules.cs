using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf.Collections;
using Istio.Security.V1Beta1;
using Lateen.Core.Yaml;

namespace Lateen.Galley.Validation;

/// <summary>Rules of sources and operations of an AuthorizationPolicy.</summary>
internal static partial class AuthorizationRules
{
    private const string Code = "authorizationPolicy.rules";
    private const int MaxAccounts = 16;
    private const int MaxAccount = 320;

    public static void Source(Findings findings, Source? source, bool isCustom, string path)
    {
        if (source is null || source.Equals(new Source()))
        {
            findings.Error(path, Code, "the source is empty", "Remove the from entry to match any source.");
            EmptyLists(findings, path, ["principals", "requestPrincipals", "namespaces", "ipBlocks"]);
            return;
        }

        (string Name, RepeatedField<string> Values)[] identities =
        [
            ("principals", source.Principals), ("notPrincipals", source.NotPrincipals),
            ("requestPrincipals", source.RequestPrincipals), ("notRequestPrincipals", source.NotRequestPrincipals),
            ("namespaces", source.Namespaces), ("notNamespaces", source.NotNamespaces),
            ("serviceAccounts", source.ServiceAccounts), ("notServiceAccounts", source.NotServiceAccounts),
            ("trustDomains", source.TrustDomains), ("notTrustDomains", source.NotTrustDomains),
        ];
        foreach (var (name, values) in identities)
        {
            var at = NodePath.Field(path, name);
            NotEmpty(findings, values, at);
            findings.Require(!isCustom || values.Count == 0, at, Code, $"action CUSTOM does not support {name}");
        }

        foreach (var (name, values) in new[]
        {
            ("ipBlocks", source.IpBlocks), ("notIpBlocks", source.NotIpBlocks),
            ("remoteIpBlocks", source.RemoteIpBlocks), ("notRemoteIpBlocks", source.NotRemoteIpBlocks),
        })
        {
            CommonRules.Subnets(findings, values, NodePath.Field(path, name));
        }

        Accounts(findings, source.ServiceAccounts, NodePath.Field(path, "serviceAccounts"));
        Accounts(findings, source.NotServiceAccounts, NodePath.Field(path, "notServiceAccounts"));
        var hasAccounts = source.ServiceAccounts.Count + source.NotServiceAccounts.Count > 0;
        var hasOthers = source.Principals.Count + source.NotPrincipals.Count + source.Namespaces.Count
            + source.NotNamespaces.Count > 0;
        findings.Require(!(hasAccounts && hasOthers), path, Code, "serviceAccounts exclude principals and namespaces");
        TrustDomains(findings, source.TrustDomains, NodePath.Field(path, "trustDomains"));
        TrustDomains(findings, source.NotTrustDomains, NodePath.Field(path, "notTrustDomains"));
    }

    public static void Operation(Findings findings, Operation? operation, string path)
    {
        if (operation is null || operation.Equals(new Operation()))
        {
            findings.Error(path, Code, "the operation is empty", "Remove the to entry to match any operation.");
            return;
        }

        foreach (var (name, values) in new[]
        {
            ("hosts", operation.Hosts), ("notHosts", operation.NotHosts), ("methods", operation.Methods),
            ("notMethods", operation.NotMethods), ("paths", operation.Paths), ("notPaths", operation.NotPaths),
            ("ports", operation.Ports), ("notPorts", operation.NotPorts),
        })
        {
            var at = NodePath.Field(path, name);
            NotEmpty(findings, values, at);
            for (var i = 0; i < values.Count; i++)
            {
                if (name is "paths" or "notPaths" && PathTemplate(values[i]) is { } problem)
                {
                    findings.Error(NodePath.Item(at, i), Code, problem);
                }

                if (name is "ports" or "notPorts")
                {
                    Port(findings, values[i], NodePath.Item(at, i), Code);
                }
            }
        }
    }

    public static void Port(Findings findings, string port, string path, string code) =>
        findings.Require(
            int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 65535,
                path, code,
            $"\"{port}\" is no port: ports are 0 to 65535");

    public static void Account(Findings findings, string account, string path, string code)
    {
        var parts = account.Split('/');
        findings.Require(parts.Length <= 2 && parts.All(p => p.Length > 0), path, code,
            $"\"{account}\" is no service account", "Write namespace/name, or name.");
        findings.Require(!account.Contains('*', StringComparison.Ordinal), path, code,
            "service accounts have no wildcards", "Use principals for patterns.");
        findings.Require(account.Length <= MaxAccount, path, code,
            $"a service account has at most {MaxAccount} characters");
    }

    public static void TrustDomain(Findings findings, string domain, string path, string code)
    {
        findings.Require(!domain.Contains('/', StringComparison.Ordinal), path, code, "a trust domain has no '/'");
        var stars = domain.Count(c => c == '*');
        findings.Require(stars == 0 || (stars == 1 && (domain[0] == '*' || domain[^1] == '*')), path, code,
            $"\"{domain}\" has a wildcard in another place than at its start or end");
    }

    /// <summary>What is wrong with a path that may be a template with <c>{*}</c> and <c>{**}</c>.</summary>
    internal static string? PathTemplate(string path)
    {
        if (!path.Contains("{*}", StringComparison.Ordinal) && !path.Contains("{**}", StringComparison.Ordinal))
        {
            return path.Contains('{', StringComparison.Ordinal) || path.Contains('}', StringComparison.Ordinal)
                ? "\"{\" and \"}\" are possible as {*} and {**} only" : null;
        }

        var seenLast = false;
        foreach (var segment in path.TrimStart('/').Split('/'))
        {
            if (seenLast && segment is "{**}" or "{*}")
            {
                return "{**} is the last operator of a template";
            }

            if (segment == "{**}")
            {
                seenLast = true;
            }
            else if (segment.Contains('{', StringComparison.Ordinal) || segment.Contains('}', StringComparison.Ordinal))
            {
                if (segment != "{*}")
                {
                    return $"\"{segment}\" mixes an operator with other text";
                }
            }
            else if (segment.Length > 0
                && (segment.Contains('*', StringComparison.Ordinal) || !Literal().IsMatch(segment)))
            {
                return $"\"{segment}\" has characters that a template cannot have";
            }
        }

        return null;
    }

    private static void EmptyLists(Findings findings, string path, string[] names)
    {
        foreach (var at in names.Select(name => NodePath.Field(path, name)).Where(findings.IsWrittenEmpty))
        {
            findings.Error(at, Code, "the list is empty", "Remove it, or name a value.");
        }
    }

    private static void NotEmpty(Findings findings, RepeatedField<string> values, string path)
    {
        findings.Require(values.Count > 0 || !findings.IsWrittenEmpty(path), path, Code, "the list is empty",
            "Remove it, or name a value.");
        for (var i = 0; i < values.Count; i++)
        {
            findings.Require(values[i].Length > 0, NodePath.Item(path, i), Code, "the value is empty",
                "Write \"*\" for any value.");
        }
    }

    private static void Accounts(Findings findings, RepeatedField<string> accounts, string path)
    {
        findings.Require(accounts.Count <= MaxAccounts, path, Code,
            $"at most {MaxAccounts} service accounts are possible");
        for (var i = 0; i < accounts.Count; i++)
        {
            Account(findings, accounts[i], NodePath.Item(path, i), Code);
        }
    }

    private static void TrustDomains(Findings findings, RepeatedField<string> domains, string path)
    {
        for (var i = 0; i < domains.Count; i++)
        {
            TrustDomain(findings, domains[i], NodePath.Item(path, i), Code);
        }
    }

    [GeneratedRegex("^[-a-zA-Z0-9._~%!$&'()+,;:@=]+$")]
    private static partial Regex Literal();
}
