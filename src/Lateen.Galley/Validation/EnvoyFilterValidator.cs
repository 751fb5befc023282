using Istio.Networking.V1Alpha3;
using Lateen.Core.Yaml;
using static Istio.Networking.V1Alpha3.EnvoyFilter.Types;

namespace Lateen.Galley.Validation;

/// <summary>Rules of EnvoyFilter.</summary>
internal static class EnvoyFilterValidator
{
    private const string Code = "envoyFilter";

    public static void Validate(Findings findings)
    {
        var filter = findings.Subject.As<EnvoyFilter>();
        CommonRules.Selector(findings, filter.WorkloadSelector);
        CommonRules.Targets(findings, null, null, filter.TargetRefs);
        findings.Require(filter.WorkloadSelector is null || filter.TargetRefs.Count == 0, "spec.targetRefs", Code,
            "only one of workloadSelector and targetRefs may be given");
        if (filter.ConfigPatches.Count > 0)
        {
            findings.Warning("spec.configPatches", Code,
                "patches depend on how configuration is generated, which may change; test them on each upgrade");
        }

        for (var i = 0; i < filter.ConfigPatches.Count; i++)
        {
            Patch(findings, filter.ConfigPatches[i], NodePath.Item("spec.configPatches", i));
        }
    }

    private static void Patch(Findings findings, EnvoyConfigObjectPatch patch, string path)
    {
        var match = patch.Match;
        var isWaypoint = match?.Context == PatchContext.Waypoint;
        findings.Require(patch.ApplyTo != ApplyTo.Invalid, NodePath.Field(path, "applyTo"), Code, "applyTo is missing");
        Change(findings, patch, path);
        findings.Require(isWaypoint
            || match is not { ObjectTypesCase: EnvoyConfigObjectMatch.ObjectTypesOneofCase.Waypoint },
            NodePath.Field(path, "match.waypoint"), Code, "a waypoint match needs context WAYPOINT");
        if (match is null || isWaypoint)
        {
            return;
        }

        Version(findings, match, NodePath.Field(path, "match.proxy.proxyVersion"));
        switch (patch.ApplyTo)
        {
            case ApplyTo.Listener or ApplyTo.FilterChain or ApplyTo.NetworkFilter or ApplyTo.HttpFilter
                or ApplyTo.ListenerFilter:
                findings.Require(IsNoneOr(match, EnvoyConfigObjectMatch.ObjectTypesOneofCase.Listener),
                    NodePath.Field(path, "match"), Code, "patches of listeners and filters match by listener");
                ListenerMatch(findings, patch.ApplyTo, match.Listener, NodePath.Field(path, "match.listener"));
                break;
            case ApplyTo.RouteConfiguration or ApplyTo.VirtualHost or ApplyTo.HttpRoute:
                findings.Require(IsNoneOr(match, EnvoyConfigObjectMatch.ObjectTypesOneofCase.RouteConfiguration),
                    NodePath.Field(path, "match"), Code, "patches of routes match by routeConfiguration");
                break;
            case ApplyTo.Cluster:
                findings.Require(IsNoneOr(match, EnvoyConfigObjectMatch.ObjectTypesOneofCase.Cluster),
                    NodePath.Field(path, "match"), Code, "patches of clusters match by cluster");
                break;
        }
    }

    private static void Change(Findings findings, EnvoyConfigObjectPatch patch, string path)
    {
        var at = NodePath.Field(path, "patch");
        if (patch.Patch is not { } change)
        {
            findings.Error(at, Code, "the patch is missing");
            return;
        }

        findings.Require(change.Operation != EnvoyFilter.Types.Patch.Types.Operation.Invalid,
            NodePath.Field(at, "operation"), Code,
            "the operation is missing");
        findings.Require(change.Operation is EnvoyFilter.Types.Patch.Types.Operation.Remove
            or EnvoyFilter.Types.Patch.Types.Operation.Invalid || change.Value is not null,
            NodePath.Field(at, "value"), Code, "the operation needs a value");
    }

    private static bool IsNoneOr(EnvoyConfigObjectMatch match, EnvoyConfigObjectMatch.ObjectTypesOneofCase wanted) =>
        match.ObjectTypesCase == EnvoyConfigObjectMatch.ObjectTypesOneofCase.None || match.ObjectTypesCase == wanted;

    private static void Version(Findings findings, EnvoyConfigObjectMatch match, string path)
    {
        var pattern = match.Proxy?.ProxyVersion ?? "";
        if (pattern.Length > Re2Syntax.MaxLength)
        {
            findings.Warning(path, Code,
                $"the pattern is longer than {Re2Syntax.MaxLength} characters and is passed over");
        }
        else if (pattern.Length > 0 && Lexical.Regex(pattern) is { } problem)
        {
            findings.Error(path, Code, problem);
        }
    }

    private static void ListenerMatch(
        Findings findings, ApplyTo applyTo, EnvoyFilter.Types.ListenerMatch? match, string path)
    {
        if (match?.FilterChain?.Filter is not { } filter)
        {
            return;
        }

        var at = NodePath.Field(path, "filterChain.filter");
        if (applyTo is ApplyTo.Listener or ApplyTo.FilterChain)
        {
            findings.Warning(at, Code, "a match by filter has no effect on listeners and filter chains");
            return;
        }

        findings.Require(filter.Name.Length > 0, NodePath.Field(at, "name"), Code, "a match by filter needs a name");
        if (filter.SubFilter is not { } sub)
        {
            return;
        }

        var under = NodePath.Field(at, "subFilter");
        findings.Require(applyTo == ApplyTo.HttpFilter, under, Code, "subFilter is for HTTP_FILTER only");
        findings.Require(filter.Name is "envoy.filters.network.http_connection_manager"
            or "envoy.http_connection_manager",
            under, Code, "subFilter needs the filter envoy.filters.network.http_connection_manager");
        findings.Require(sub.Name.Length > 0, NodePath.Field(under, "name"), Code,
            "a match by sub-filter needs a name");
    }
}
