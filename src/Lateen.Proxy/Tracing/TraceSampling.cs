using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Tracing;

/// <summary>Shares of requests that are traced: asked for by clients, by chance, and of all.</summary>
internal sealed record TraceSampling(FractionalPercent Client, FractionalPercent Random, FractionalPercent Overall);
