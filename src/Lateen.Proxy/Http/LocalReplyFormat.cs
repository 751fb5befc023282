using Lateen.Proxy.AccessLog;

namespace Lateen.Proxy.Http;

/// <summary>How the body of a local reply is made.</summary>
internal sealed record LocalReplyFormat(AccessLogFormat Format, string ContentType);
