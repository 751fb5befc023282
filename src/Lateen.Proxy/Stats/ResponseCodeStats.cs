namespace Lateen.Proxy.Stats;

/// <summary>
/// Counters per response code, made when a code is first seen: <c>PREFIX200</c> and <c>PREFIX2xx</c>. Indices are kept
/// in tables by class and code, which exist only once used, so that counting is a few array reads. Workers that meet a
/// code at once find the same index.
/// </summary>
internal sealed class ResponseCodeStats(StatsScope scope, string prefix, bool countCodes, bool countCompleted = false)
{
    private int _completed;
    private Group?[]? _groups;

    /// <summary>Counts a response of <paramref name="code"/> (100 to 599; others only in no class).</summary>
    public void Count(int worker, int code)
    {
        if (code is < 100 or > 599)
        {
            return;
        }

        if (countCompleted)
        {
            scope.Add(worker, (_completed != 0 ? _completed : AddCompleted()) - 1);
        }

        var number = code / 100;
        var group = (_groups is { } groups ? groups[number] : null) ?? AddGroup(number);
        scope.Add(worker, group.Index);
        if (countCodes)
        {
            var index = group.Codes[code - (number * 100)];
            scope.Add(worker, (index != 0 ? index : AddCode(group, code)) - 1);
        }
    }

    // Apart, so that counting does not make room for what they need.
    private int AddCompleted() => _completed = scope.GetOrAdd($"{prefix}completed") + 1;

    private Group AddGroup(int number) => (_groups ??= new Group?[6])[number] ??=
        new Group(scope.GetOrAdd($"{prefix}{number}xx"), countCodes);

    private int AddCode(Group group, int code) =>
        group.Codes[code % 100] = scope.GetOrAdd($"{prefix}{code}") + 1;

    /// <summary>The counters of one class.</summary>
    private sealed class Group(int index, bool countCodes)
    {
        public int Index => index;

        /// <summary>One more than the index of each code's counter; 0: not made yet.</summary>
        public int[] Codes { get; } = countCodes ? new int[100] : [];
    }
}
