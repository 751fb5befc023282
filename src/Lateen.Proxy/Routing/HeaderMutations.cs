using Lateen.Http;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Routing;

/// <summary>
/// The header changes of one level (route, virtual host, table) and direction. Listed headers are removed; then all
/// values are
/// worked out against the map as it is; then overwrites are done, then appends.
/// </summary>
internal sealed class HeaderMutations(HeaderAddition[] additions, HeaderName[] removals)
{
    public static HeaderMutations None { get; } = new([], []);

    /// <summary>Headers with such names go too; null: none.</summary>
    public StringMatcher? RemovedNames { get; init; }

    public bool IsEmpty => additions.Length == 0 && removals.Length == 0 && RemovedNames is null;

    /// <summary>Changes the map.</summary>
    public void Apply(HeaderMap headers, StreamInfo info)
    {
        if (!IsEmpty)
        {
            Remove(headers);
            Add(headers, info);
        }
    }

    private void Remove(HeaderMap headers)
    {
        foreach (var name in removals)
        {
            headers.Remove(name);
        }
        if (RemovedNames is not null)
        {
            RemoveMatching(headers, RemovedNames);
        }
    }

    private void Add(HeaderMap headers, StreamInfo info)
    {
        if (additions.Length == 0)
        {
            return;
        }
        var buffer = Scratch.Formatted;
        Span<(int Start, int Length)> values = additions.Length <= 64
            ? stackalloc (int, int)[additions.Length]
            : new (int, int)[additions.Length];
        var context = new FormatContext(AccessLogType.NotSet);
        for (var i = 0; i < additions.Length; i++)
        {
            values[i] = (-1, 0);
            var addition = additions[i];
            var exists = headers.Contains(addition.Name);
            if (addition.Action == (exists ? HeaderAppendAction.AddIfAbsent : HeaderAppendAction.OverwriteIfExists))
            {
                continue;
            }
            var start = buffer.Length;
            if (addition.Value.Literal is null)
            {
                addition.Value.Write(buffer, info, context, default);
            }
            var length = addition.Value.Literal?.Length ?? buffer.Length - start;
            if (length > 0 || addition.KeepEmptyValue)
            {
                values[i] = (start, length);
            }
        }
        for (var pass = 0; pass < 2; pass++)
        {
            for (var i = 0; i < additions.Length; i++)
            {
                var appends =
                    additions[i].Action is HeaderAppendAction.AppendIfExistsOrAdd or HeaderAppendAction.AddIfAbsent;
                if (values[i].Start >= 0 && appends == (pass == 1))
                {
                    Put(headers, additions[i], additions[i].Value.Literal
                        ?? buffer.Written.Slice(values[i].Start, values[i].Length));
                }
            }
        }
    }

    private static void RemoveMatching(HeaderMap headers, StringMatcher names)
    {
        for (var i = headers.Count - 1; i >= 0; i--)
        {
            if (headers.GetName(i)[0] != ':' && names.IsMatch(headers.GetName(i)))
            {
                headers.Remove(HeaderName.Create(headers.GetName(i)));
                i = Math.Min(i, headers.Count);
            }
        }
    }

    private static void Put(HeaderMap headers, HeaderAddition addition, ReadOnlySpan<byte> value)
    {
        if (addition.Action is HeaderAppendAction.OverwriteIfExistsOrAdd or HeaderAppendAction.OverwriteIfExists)
        {
            headers.Set(addition.Name, value);
        }
        else if (HeaderIds.IsInline(addition.Name.Id, headers) && addition.Name.Id != HeaderId.Cookie)
        {
            headers.Append(addition.Name.Id, value, ","u8);
        }
        else
        {
            headers.Add(addition.Name, value);
        }
    }
}
