namespace Lateen.Proxy.Cel;

/// <summary>A function or method of one or two arguments.</summary>
internal delegate CelValue CelFunction(CelEvaluation at, CelValue first, CelValue second);
