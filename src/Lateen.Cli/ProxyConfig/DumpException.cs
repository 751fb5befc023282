namespace Lateen.Cli.ProxyConfig;

/// <summary>A dump that cannot be had or read, or lacks what was asked for; the message is for the user.</summary>
internal sealed class DumpException(string message) : Exception(message);
