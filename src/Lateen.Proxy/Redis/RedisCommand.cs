namespace Lateen.Proxy.Redis;

/// <summary>A command that is known, with the place of its statistics.</summary>
/// <param name="Name">Lower case.</param>
/// <param name="Handler">How it is carried out.</param>
/// <param name="Index">Its number among all commands.</param>
/// <param name="IsWrite">It may change what Redis holds.</param>
/// <param name="NeedsArgument">Without an argument it is no valid request.</param>
/// <param name="AllowedInTransaction">It may stand between MULTI and EXEC.</param>
internal sealed record RedisCommand(
    string Name, RedisHandler Handler, int Index, bool IsWrite, bool NeedsArgument, bool AllowedInTransaction);
