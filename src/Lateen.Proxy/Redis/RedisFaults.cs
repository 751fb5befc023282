namespace Lateen.Proxy.Redis;

/// <summary>The faults of a Redis proxy by command. Of those of one command at most one hits: their shares do not
/// overlap.</summary>
internal sealed class RedisFaults
{
    private readonly RedisFault[] _forAll;
    private readonly Dictionary<string, RedisFault[]> _byCommand = [];

    /// <summary>A fault without commands is for all of them.</summary>
    public RedisFaults(IReadOnlyList<(RedisFault Fault, string[] Commands)> faults)
    {
        _forAll = [.. faults.Where(entry => entry.Commands.Length == 0).Select(entry => entry.Fault)];
        foreach (var name in faults.SelectMany(entry => entry.Commands).Distinct())
        {
            _byCommand[name] =
            [
                .. faults.Where(entry => entry.Commands.Contains(name)).Select(entry => entry.Fault), .. _forAll,
            ];
        }
    }

    internal RedisFault? Pick(RedisCommand command, ulong random)
    {
        if (_forAll.Length == 0 && _byCommand.Count == 0)
        {
            return null;
        }

        var drawn = (double)(random % 100);
        foreach (var fault in _byCommand.TryGetValue(command.Name, out var own) ? own : _forAll)
        {
            if (drawn < fault.Percent)
            {
                return fault;
            }

            drawn -= fault.Percent;
        }

        return null;
    }
}
