using Lateen.Http;
using Lateen.Proxy.Formatting;

namespace Lateen.Proxy.Routing;

/// <summary>One header to add. Source: <c>core.v3.HeaderValueOption</c>.</summary>
internal sealed record HeaderAddition(
    HeaderName Name, FormatString Value, HeaderAppendAction Action, bool KeepEmptyValue);
