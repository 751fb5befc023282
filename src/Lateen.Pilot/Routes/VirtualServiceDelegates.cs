using Istio.Networking.V1Alpha3;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Routes;

/// <summary>
/// Puts the rules of delegates in the place of the rules that name them. Each delegate condition must be narrower than
/// a root condition; a delegate rule of which one condition is not falls out. The delegate's settings win.
/// </summary>
internal static class VirtualServiceDelegates
{
    /// <summary>Splices. A delegate that cannot be found leaves nothing in its place.</summary>
    /// <param name="root">A copy, which is changed.</param>
    /// <param name="key">The root object.</param>
    /// <param name="find">The delegate of a key with full names, or null.</param>
    internal static void Splice(VirtualService root, ObjectKey key, Func<ObjectKey, VirtualService?> find)
    {
        var rules = new List<HTTPRoute>();
        foreach (var rule in root.Http)
        {
            if (rule.Delegate is not { } to)
            {
                rules.Add(rule);
                continue;
            }
            var ns = to.Namespace.Length > 0 ? to.Namespace : key.Namespace;
            var found = find(key with { Namespace = ns, Name = to.Name });
            rules.AddRange((found?.Http ?? []).Where(own => own.Delegate is null)
                .Select(own => Merge(rule, own)).OfType<HTTPRoute>());
        }
        root.Http.Clear();
        root.Http.Add(rules);
    }

    private static HTTPRoute? Merge(HTTPRoute root, HTTPRoute own)
    {
        if (Merge([.. root.Match], [.. own.Match]) is not { } matches)
        {
            return null;
        }
        var merged = own.Clone();
        merged.Match.Clear();
        merged.Match.Add(matches);
        merged.Name = Joined(root.Name, own.Name);
        merged.Rewrite ??= root.Rewrite;
        merged.DirectResponse ??= root.DirectResponse;
        merged.Timeout ??= root.Timeout;
        merged.Retries ??= root.Retries;
        merged.Fault ??= root.Fault;
        merged.Mirror ??= root.Mirror;
#pragma warning disable CS0612 // The old integer share is still accepted.
        merged.MirrorPercent ??= root.MirrorPercent;
#pragma warning restore CS0612
        merged.MirrorPercentage ??= root.MirrorPercentage;
        merged.CorsPolicy ??= root.CorsPolicy;
        merged.Headers ??= root.Headers;
        if (merged.Mirrors.Count == 0)
        {
            merged.Mirrors.Add(root.Mirrors);
        }
        return merged;
    }

    private static List<HTTPMatchRequest>? Merge(List<HTTPMatchRequest> roots, List<HTTPMatchRequest> own)
    {
        if (roots.Count == 0 || own.Count == 0)
        {
            return roots.Count == 0 ? own : roots;
        }
        var merged = new List<HTTPMatchRequest>();
        foreach (var match in own)
        {
            var wider = roots.Where(root => DelegateConditions.Covers(root, match)).ToList();
            if (wider.Count == 0)
            {
                return null;
            }
            merged.AddRange(wider.Select(root => Merge(root, match)));
        }
        return merged;
    }

    private static HTTPMatchRequest Merge(HTTPMatchRequest root, HTTPMatchRequest own)
    {
        var merged = own.Clone();
        merged.Name = Joined(root.Name, own.Name);
        merged.Uri ??= root.Uri;
        merged.Scheme ??= root.Scheme;
        merged.Method ??= root.Method;
        merged.Authority ??= root.Authority;
        merged.Port = own.Port == 0 ? root.Port : own.Port;
        merged.SourceNamespace = own.SourceNamespace.Length == 0 ? root.SourceNamespace : own.SourceNamespace;
        merged.StatPrefix = own.StatPrefix.Length == 0 ? root.StatPrefix : own.StatPrefix;
        Fill(merged.Headers, root.Headers);
        Fill(merged.WithoutHeaders, root.WithoutHeaders);
        Fill(merged.QueryParams, root.QueryParams);
        Fill(merged.SourceLabels, root.SourceLabels);
        if (merged.Gateways.Count == 0)
        {
            merged.Gateways.Add(root.Gateways);
        }
        return merged;
    }

    private static void Fill<T>(IDictionary<string, T> own, IDictionary<string, T> root)
    {
        foreach (var (key, value) in root)
        {
            own.TryAdd(key, value);
        }
    }

    private static string Joined(string root, string own)
    {
        return own.Length == 0 ? root : root.Length == 0 ? own : $"{root}-{own}";
    }
}
