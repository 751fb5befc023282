using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Jwt;

/// <summary>A place in a request where a token may be.</summary>
internal abstract class JwtLocation
{
    /// <summary>Adds the texts of the tokens there.</summary>
    public abstract void FindAll(HeaderMap request, List<string> found);

    /// <summary>Takes the token out of the request.</summary>
    public abstract void Remove(HeaderMap request);

    /// <summary>A header, after a prefix; the standard one is read more leniently.</summary>
    internal sealed class Header(HeaderName name, byte[] prefix, bool isStandard) : JwtLocation
    {
        /// <summary>Of a header that came several times the last is looked at first, as in Envoy.</summary>
        public override void FindAll(HeaderMap request, List<string> found)
        {
            for (var i = request.IndexOf(name); i >= 0; i = request.IndexOf(name, i + 1))
            {
                if (Read(request.GetValue(i)) is { } text)
                {
                    found.Insert(0, text);
                }
            }
        }

        public override void Remove(HeaderMap request) => request.Remove(name);

        private string? Read(ReadOnlySpan<byte> value)
        {
            var at = prefix.Length == 0 ? 0 : value.IndexOf(prefix);
            if (at < 0)
            {
                return null;
            }
            var rest = Encoding.UTF8.GetString(value[(at + prefix.Length)..]);
            return isStandard ? Trim(rest) : rest;
        }

        /// <summary>Without what stands before the first character that a token may have.</summary>
        private static string Trim(string text)
        {
            var start = 0;
            while (start < text.Length && !IsPart(text[start]))
            {
                start++;
            }
            return text[start..];
        }

        private static bool IsPart(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';
    }

    /// <summary>A query parameter.</summary>
    internal sealed class Parameter(byte[] name) : JwtLocation
    {
        public override void FindAll(HeaderMap request, List<string> found)
        {
            if (QueryString.TryGet(request.Get(HeaderId.Path), name, out var value))
            {
                found.Add(Encoding.UTF8.GetString(value));
            }
        }

        public override void Remove(HeaderMap request)
        {
            var path = Encoding.UTF8.GetString(request.Get(HeaderId.Path));
            var question = path.IndexOf('?');
            if (question < 0)
            {
                return;
            }
            var key = Encoding.UTF8.GetString(name) + "=";
            var pairs = path[(question + 1)..].Split('&')
                .Where(pair => !pair.StartsWith(key, StringComparison.Ordinal)).ToArray();
            var rest = pairs.Length == 0 ? path[..question] : $"{path[..question]}?{string.Join('&', pairs)}";
            request.Set(HeaderId.Path, Encoding.UTF8.GetBytes(rest));
        }
    }

    /// <summary>A cookie; it stays.</summary>
    internal sealed class Cookie(byte[] name) : JwtLocation
    {
        public override void FindAll(HeaderMap request, List<string> found)
        {
            if (CookieMatcher.TryGet(request, name, out var value))
            {
                found.Add(Encoding.UTF8.GetString(value));
            }
        }

        public override void Remove(HeaderMap request)
        {
        }
    }
}
