using System.Collections.Concurrent;

namespace Lateen.Proxy.Jwt;

/// <summary>Verified tokens by their text; emptied when it is full. Thread: any.</summary>
internal sealed class JwtCache(int tokensMax, int tokenBytesMax)
{
    private readonly ConcurrentDictionary<string, JwtToken> _tokens = new(StringComparer.Ordinal);

    public JwtToken? Find(string text) => _tokens.GetValueOrDefault(text);

    public void Add(JwtToken token)
    {
        if (token.Text.Length > tokenBytesMax)
        {
            return;
        }
        if (_tokens.Count >= tokensMax)
        {
            _tokens.Clear();
        }
        _tokens[token.Text] = token;
    }
}
