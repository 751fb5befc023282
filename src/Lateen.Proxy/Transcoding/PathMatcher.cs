namespace Lateen.Proxy.Transcoding;

/// <summary>Finds the method of a path. Texts win over <c>*</c>, and that over <c>**</c>. Immutable once
/// built.</summary>
internal sealed class PathMatcher
{
    private readonly Node _root = new();
    private readonly HashSet<string> _verbs = new(StringComparer.Ordinal);

    public bool AnyVerb { get; init; }

    /// <summary>False when the path has a method already.</summary>
    public bool TryAdd(string method, PathTemplate template, TranscodedMethod target)
    {
        var node = _root;
        foreach (var segment in template.Segments)
        {
            node = node.Child(segment);
        }
        if (template.Verb.Length > 0)
        {
            _verbs.Add(template.Verb);
            node = node.Child(template.Verb);
        }
        return node.Methods.TryAdd(method, (target, template));
    }

    /// <summary>Null when no method has this path; <paramref name="parts"/> are what its variables count.</summary>
    public (TranscodedMethod Method, PathTemplate Template)? Find(string method, string path, out List<string> parts)
    {
        parts = PathSegments.Split(path, _verbs, AnyVerb);
        return Find(_root, method, parts, 0);
    }

    private static (TranscodedMethod Method, PathTemplate Template)? Find(
        Node node, string method, List<string> parts, int at)
    {
        if (at == parts.Count)
        {
            return node.Find(method) ?? node.Children.GetValueOrDefault("**")?.Find(method);
        }
        if (FindIn(parts[at]) is { } exact)
        {
            return exact;
        }
        if (node.IsRest)
        {
            return Find(node, method, parts, at + 1);
        }
        return FindIn("*") ?? FindIn("**");

        (TranscodedMethod Method, PathTemplate Template)? FindIn(string key) =>
            node.Children.TryGetValue(key, out var child) ? Find(child, method, parts, at + 1) : null;
    }

    private sealed class Node
    {
        public Dictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, (TranscodedMethod Method, PathTemplate Template)> Methods { get; } =
            new(StringComparer.Ordinal);

        public bool IsRest { get; private init; }

        public Node Child(string segment)
        {
            if (!Children.TryGetValue(segment, out var child))
            {
                Children[segment] = child = new Node { IsRest = segment == "**" };
            }
            return child;
        }

        public (TranscodedMethod Method, PathTemplate Template)? Find(string method) =>
            Methods.TryGetValue(method, out var found) || Methods.TryGetValue("*", out found) ? found : null;
    }
}
