namespace Lateen.Proxy.Matching;

/// <summary>Writes the value that a matcher looks at; false when there is none.</summary>
internal delegate bool MatchInput(in MatchData data, ByteBuffer value);
