using Lateen.Http;

namespace Lateen.Proxy.OAuth2;

/// <content>Tokens that take several cookies.</content>
internal sealed partial class OAuth2Session
{
    private const int TokenCount = 3;

    private readonly OAuth2Parts[] _parts = new OAuth2Parts[TokenCount];
    private string[][]? _split;

    /// <summary>Puts the parts of tokens in the request's cookies together. False: there are none.</summary>
    public bool JoinParts(OAuth2CookieJar cookies)
    {
        var hasParts = false;
        for (var i = 0; Settings.Chunking is not null && i < TokenCount; i++)
        {
            _parts[i] = OAuth2Chunking.Join(cookies, TokenOf(i).Cookie);
            if (_parts[i].Count > 0)
            {
                hasParts = true;
                Settings.Stats.CountJoined(Stream.Worker.Index, _parts[i].IsJoined);
            }
        }
        return hasParts;
    }

    /// <summary>Makes the values of cookies for new tokens. False: one is too long.</summary>
    public bool TrySplitTokens()
    {
        if (Settings.Chunking is not { } chunking)
        {
            return true;
        }
        _split = new string[TokenCount][];
        for (var i = 0; i < TokenCount; i++)
        {
            var (cookie, token, seconds) = TokenOf(i);
            if (token.Length == 0)
            {
                _split[i] = [];
                continue;
            }
            var value = Settings.DisableTokenEncryption ? token : Encrypt(token);
            if (chunking.TrySplit(cookie, value, seconds, Settings.Cookies.Domain) is not { } split)
            {
                Settings.Stats.CountOversized(Stream.Worker.Index);
                return false;
            }
            _split[i] = split;
        }
        return true;
    }

    /// <summary>Deletes the parts of tokens that the request had.</summary>
    public void DeleteParts(HeaderMap response)
    {
        for (var i = 0; i < TokenCount; i++)
        {
            DeleteParts(response, i, 0);
        }
    }

    private (OAuth2Cookie Cookie, string Token, string Seconds) TokenOf(int index) => index switch
    {
        0 => (Settings.Cookies.Bearer, AccessToken, ExpiresIn),
        1 => (Settings.Cookies.Id, IdToken, IdExpiresIn),
        _ => (Settings.Cookies.Refresh, RefreshToken, RefreshExpiresIn),
    };

    /// <summary>Sets a token's cookies and deletes those of the one before that are not set again.</summary>
    private void AddParts(HeaderMap response, int index)
    {
        var (cookie, _, seconds) = TokenOf(index);
        var split = _split![index];
        var isSplit = split.Length > 1;
        if (_parts[index].HasWhole && split.Length != 1)
        {
            Delete(response, cookie, cookie.Name);
        }
        DeleteParts(response, index, isSplit ? split.Length : 0);
        if (split.Length == 1)
        {
            Add(response, cookie, split[0], seconds);
        }
        if (!isSplit)
        {
            return;
        }
        Settings.Stats.CountChunked(Stream.Worker.Index);
        for (var i = 0; i < split.Length; i++)
        {
            var name = OAuth2Chunking.PartName(cookie, i);
            AddHeader(response, cookie.Set(name, split[i], seconds, Settings.Cookies.Domain));
        }
        AddHeader(response, cookie.Set(
            OAuth2Chunking.CountName(cookie), Number(split.Length), seconds, Settings.Cookies.Domain));
    }

    private void DeleteParts(HeaderMap response, int index, int from)
    {
        var cookie = TokenOf(index).Cookie;
        if (from == 0 && _parts[index].Count > 0)
        {
            Delete(response, cookie, OAuth2Chunking.CountName(cookie));
        }
        for (var i = from; i < _parts[index].Count; i++)
        {
            Delete(response, cookie, OAuth2Chunking.PartName(cookie, i));
        }
    }
}
