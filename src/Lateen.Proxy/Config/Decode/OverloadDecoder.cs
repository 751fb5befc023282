using Envoy.Config.Overload.V3;
using Envoy.Extensions.ResourceMonitors.CgroupMemory.V3;
using Envoy.Extensions.ResourceMonitors.DownstreamConnections.V3;
using Envoy.Extensions.ResourceMonitors.FixedHeap.V3;
using Envoy.Extensions.ResourceMonitors.InjectedResource.V3;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Overload;
using ManagerProto = Envoy.Config.Overload.V3.OverloadManager;
using Monitor = Lateen.Proxy.Overload.ResourceMonitor;
using MonitorProto = Envoy.Config.Overload.V3.ResourceMonitor;
using TimerType = Envoy.Config.Overload.V3.ScaleTimersOverloadActionConfig.Types.TimerType;
using TriggerProto = Envoy.Config.Overload.V3.Trigger;

namespace Lateen.Proxy.Config.Decode;

/// <summary>The overload manager of the bootstrap.</summary>
internal static class OverloadDecoder
{
    private const string Monitors = "envoy.extensions.resource_monitors.";
    private const string ActionPrefix = "envoy.overload_actions.";
    private const string PointPrefix = "envoy.load_shed_points.";

    public static OverloadConfig Decode(ManagerProto manager, string path, DecodeContext context)
    {
        var monitors = new List<Monitor>();
        var names = new HashSet<string>();
        var connectionsMax = -1L;
        for (var i = 0; i < manager.ResourceMonitors.Count; i++)
        {
            var monitor = manager.ResourceMonitors[i];
            var at = $"{path}.resource_monitors[{i}]";
            if (!names.Add(monitor.Name))
            {
                context.Error(at, "OVERLOAD", $"Duplicate resource monitor {monitor.Name}");
            }
            if (DecodeMonitor(monitor, at, context, ref connectionsMax) is { } decoded)
            {
                monitors.Add(decoded);
            }
        }
        var points = new List<(LoadShedPointKind, string, OverloadTrigger[])>();
        var others = new List<(string, OverloadTrigger[])>();
        DecodePoints(manager, names, path, context, points, others);
        if (Durations.Nanos(manager.RefreshInterval) < 0)
        {
            context.Error($"{path}.refresh_interval", "OVERLOAD", "Expected positive duration");
        }
        return new OverloadConfig
        {
            RefreshNanos = Durations.Nanos(manager.RefreshInterval, 1_000_000_000),
            Monitors = monitors,
            Actions = DecodeActions(manager, names, path, context, out var scales),
            Points = points,
            OtherPoints = others,
            StreamClassPower = (int)(manager.BufferFactoryConfig?.MinimumAccountToTrackPowerOfTwo ?? 0),
            ConnectionCountMax = connectionsMax,
            Scales = scales,
        };
    }

    private static List<(OverloadActionKind Kind, string Name, OverloadTrigger[] Triggers)> DecodeActions(
        ManagerProto manager, HashSet<string> monitors, string path, DecodeContext context, out TimeoutScales scales)
    {
        scales = TimeoutScales.None;
        var actions = new List<(OverloadActionKind Kind, string, OverloadTrigger[])>();
        for (var i = 0; i < manager.Actions.Count; i++)
        {
            var action = manager.Actions[i];
            var at = $"{path}.actions[{i}]";
            if (!TryFind<OverloadActionKind>(action.Name, ActionPrefix, out var kind))
            {
                context.Error(at, "OVERLOAD", $"Unknown Overload Manager Action {action.Name}");
                continue;
            }
            if (actions.Exists(entry => entry.Kind == kind))
            {
                context.Error(at, "OVERLOAD", $"Duplicate overload action {action.Name}");
            }
            if (kind == OverloadActionKind.ResetHighMemoryStream && manager.BufferFactoryConfig is null)
            {
                context.Error(at, "OVERLOAD", $"Overload action \"{action.Name}\" requires buffer_factory_config.");
            }
            if (kind == OverloadActionKind.ReduceTimeouts)
            {
                scales = DecodeScales(action.TypedConfig, $"{at}.typed_config", context);
            }
            else if (action.TypedConfig is not null && kind != OverloadActionKind.ShrinkHeap)
            {
                context.Error($"{at}.typed_config", "OVERLOAD",
                    $"Overload action \"{action.Name}\" has an unexpected value for the typed_config field");
            }
            actions.Add((kind, action.Name, Triggers(action.Triggers, monitors, action.Name, at, context)));
        }
        return actions;
    }

    private static void DecodePoints(
        ManagerProto manager, HashSet<string> monitors, string path, DecodeContext context,
        List<(LoadShedPointKind, string, OverloadTrigger[])> points, List<(string, OverloadTrigger[])> others)
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < manager.LoadshedPoints.Count; i++)
        {
            var point = manager.LoadshedPoints[i];
            var at = $"{path}.loadshed_points[{i}]";
            if (!seen.Add(point.Name))
            {
                context.Error(at, "OVERLOAD", $"Duplicate loadshed point {point.Name}");
            }
            var triggers = Triggers(point.Triggers, monitors, point.Name, at, context);
            if (TryFind<LoadShedPointKind>(point.Name, PointPrefix, out var kind))
            {
                points.Add((kind, point.Name, triggers));
            }
            else
            {
                // As Envoy: a point that nothing asks has statistics, and that is all.
                others.Add((point.Name, triggers));
            }
        }
    }

    private static Monitor? DecodeMonitor(
        MonitorProto monitor, string path, DecodeContext context, ref long connectionsMax)
    {
        var type = TypedConfigs.Open(monitor.TypedConfig, out var bytes, out var fields);
        switch (type)
        {
            case Monitors + "injected_resource.v3.InjectedResourceConfig":
                var injected = TypedConfigs.Read(InjectedResourceConfig.Parser, bytes, fields);
                if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(injected.Filename))))
                {
                    context.Error($"{path}.typed_config.filename", "OVERLOAD",
                        $"unable to add filesystem watch for file {injected.Filename}");
                }
                return new Monitor.Injected(injected.Filename) { Name = monitor.Name };
            case Monitors + "fixed_heap.v3.FixedHeapConfig":
                var heap = TypedConfigs.Read(FixedHeapConfig.Parser, bytes, fields);
                if (heap.MaxHeapSizeBytes == 0)
                {
                    context.Error($"{path}.typed_config.max_heap_size_bytes", "OVERLOAD",
                        "value must be greater than 0");
                }
                return new Monitor.FixedHeap(heap.MaxHeapSizeBytes) { Name = monitor.Name };
            case Monitors + "cgroup_memory.v3.CgroupMemoryConfig":
                var cgroup = TypedConfigs.Read(CgroupMemoryConfig.Parser, bytes, fields);
                return new Monitor.CgroupMemory(cgroup.MaxMemoryBytes) { Name = monitor.Name };
            case Monitors + "cpu_utilization.v3.CpuUtilizationConfig":
                return new Monitor.CpuUtilization { Name = monitor.Name };
            case Monitors + "downstream_connections.v3.DownstreamConnectionsConfig":
                if (monitor.Name != OverloadState.ConnectionsMonitor)
                {
                    context.Error($"{path}.name", "OVERLOAD", $"Unknown proactive resource {monitor.Name}");
                }
                connectionsMax = TypedConfigs.Read(DownstreamConnectionsConfig.Parser, bytes, fields)
                    .MaxActiveDownstreamConnections;
                if (connectionsMax <= 0)
                {
                    context.Error($"{path}.typed_config.max_active_downstream_connections", "OVERLOAD",
                        "value must be greater than 0");
                }
                return null;
            default:
                TypedConfigs.ReportUnknown(monitor.Name, monitor.TypedConfig, path, context);
                return null;
        }
    }

    private static OverloadTrigger[] Triggers(
        IEnumerable<TriggerProto> triggers, HashSet<string> monitors, string owner, string path,
        DecodeContext context)
    {
        var result = new List<OverloadTrigger>();
        foreach (var trigger in triggers)
        {
            if (!monitors.Contains(trigger.Name))
            {
                context.Error(path, "OVERLOAD", $"Unknown trigger resource {trigger.Name} for overload action {owner}");
            }
            if (result.Exists(entry => entry.Resource == trigger.Name))
            {
                context.Error(path, "OVERLOAD", $"Duplicate trigger resource for overload action {owner}");
            }
            switch (trigger.TriggerOneofCase)
            {
                case TriggerProto.TriggerOneofOneofCase.Threshold:
                    result.Add(new OverloadTrigger(trigger.Name, trigger.Threshold.Value, trigger.Threshold.Value));
                    break;
                case TriggerProto.TriggerOneofOneofCase.Scaled:
                    var (from, full) = (trigger.Scaled.ScalingThreshold, trigger.Scaled.SaturationThreshold);
                    if (from >= full)
                    {
                        context.Error(path, "OVERLOAD",
                            "scaling_threshold must be less than saturation_threshold");
                    }
                    result.Add(new OverloadTrigger(trigger.Name, from, full));
                    break;
                default:
                    context.Error(path, "OVERLOAD", "action not set for trigger " + trigger.Name);
                    break;
            }
        }
        return [.. result];
    }

    private static TimeoutScales DecodeScales(Any? any, string path, DecodeContext context)
    {
        if (TypedConfigs.Open(any, out var bytes, out var fields)
            != "envoy.config.overload.v3.ScaleTimersOverloadActionConfig")
        {
            context.Error(path, "OVERLOAD", "reduce_timeouts needs a ScaleTimersOverloadActionConfig");
            return TimeoutScales.None;
        }
        var scales = TimeoutScales.None;
        var timers = new HashSet<int>();
        foreach (var factor in TypedConfigs.Read(ScaleTimersOverloadActionConfig.Parser, bytes, fields)
            .TimerScaleFactors)
        {
            if (!timers.Add((int)factor.Timer))
            {
                context.Error(path, "OVERLOAD", $"Found duplicate entry for timer type {factor.Timer}");
            }
            if (Durations.Nanos(factor.MinTimeout) < 0)
            {
                context.Error($"{path}.min_timeout", "OVERLOAD", "Expected positive duration");
            }
            var least = factor.MinTimeout is { } min ? -(double)Durations.Nanos(min)
                : (factor.MinScale?.Value ?? 0) / 100;
            scales = (int)factor.Timer switch
            {
                (int)TimerType.HttpDownstreamConnectionIdle => scales with { ConnectionIdle = least },
                (int)TimerType.HttpDownstreamStreamIdle => scales with { StreamIdle = least },
                (int)TimerType.TransportSocketConnect => scales with { TransportSocketConnect = least },
                (int)TimerType.HttpDownstreamConnectionMax => scales with { ConnectionMax = least },
                (int)TimerType.HttpDownstreamStreamFlush => scales with { StreamFlush = least },
                _ => scales,
            };
        }
        return scales;
    }

    /// <summary>The member whose name is that of the API in snake case.</summary>
    private static bool TryFind<TKind>(string name, string prefix, out TKind kind)
        where TKind : struct, System.Enum
    {
        kind = default;
        return name.StartsWith(prefix, StringComparison.Ordinal)
            && System.Enum.TryParse(name[prefix.Length..].Replace("_", "", StringComparison.Ordinal), true, out kind);
    }
}
