using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Lateen.Core.Yaml;

/// <summary>Builds trees from the parser's events, within limits. Aliases share the node that they name.</summary>
internal sealed class YamlTreeBuilder
{
    private const string StringTag = "tag:yaml.org,2002:str";
    private const string MergeKey = "<<";

    private readonly Parser _parser;
    private readonly string? _file;
    private readonly int _lineOffset;
    private readonly YamlLimits _limits;
    private readonly Dictionary<string, (YamlNode Node, int Weight)> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private YamlTreeBuilder(Parser parser, string? file, int lineOffset, YamlLimits limits)
    {
        _parser = parser;
        _file = file;
        _lineOffset = lineOffset;
        _limits = limits;
    }

    public static void Read(
        string text, string? file, int firstLine, YamlLimits limits, ImmutableArray<YamlNode>.Builder documents)
    {
        if (text.AsSpan().TrimStart().StartsWith("%") && !text.Contains("\n---", StringComparison.Ordinal))
        {
            // Directives stand before the line that begins their document, so they form a chunk without content.
            return;
        }

        var parser = new Parser(new StringReader(text));
        try
        {
            ReadDocuments(parser, file, firstLine, limits, documents);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException
            or NullReferenceException or FormatException or OverflowException)
        {
            // The parser throws these, too, for some texts that are no YAML; it stands behind what it understood.
            var at = parser.Current?.End ?? Mark.Empty;
            throw new YamlException(at, at, "what follows cannot be read; look for an unfinished quote, bracket or "
                + "brace", e);
        }
    }

    private static void ReadDocuments(
        Parser parser, string? file, int firstLine, YamlLimits limits, ImmutableArray<YamlNode>.Builder documents)
    {
        parser.Consume<StreamStart>();
        while (!parser.Accept<StreamEnd>(out _))
        {
            parser.Consume<DocumentStart>();
            var builder = new YamlTreeBuilder(parser, file, firstLine - 1, limits);
            var root = builder.ReadNode(depth: 0);
            parser.Consume<DocumentEnd>();
            if (!root.IsNull)
            {
                documents.Add(root);
            }
        }
    }

    private YamlNode ReadNode(int depth)
    {
        var before = _nodes;
        var current = _parser.Current ?? throw new SemanticErrorException("the document ends too early");
        var position = PositionOf(current);
        if (depth > _limits.MaxDepth)
        {
            throw new YamlLimitException($"more than {_limits.MaxDepth} levels inside each other", null, position);
        }

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            if (!_anchors.TryGetValue(alias.Value.Value, out var target))
            {
                throw new YamlLimitException($"nothing is anchored as &{alias.Value.Value} before this place",
                    null, position);
            }

            Count(target.Weight, position);
            return target.Node;
        }

        Count(1, position);
        YamlNode node;
        AnchorName anchor;
        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            anchor = scalar.Anchor;
            node = new YamlScalar(scalar.Value, KindOf(scalar), position);
        }
        else if (_parser.TryConsume<SequenceStart>(out var sequence))
        {
            anchor = sequence.Anchor;
            node = ReadSequence(depth, position);
        }
        else
        {
            anchor = _parser.Consume<MappingStart>().Anchor;
            node = ReadMapping(depth, position);
        }

        if (!anchor.IsEmpty)
        {
            _anchors[anchor.Value] = (node, _nodes - before);
        }

        return node;
    }

    private YamlSequence ReadSequence(int depth, SourcePosition position)
    {
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(depth + 1));
        }

        return new YamlSequence(items, position);
    }

    private YamlMapping ReadMapping(int depth, SourcePosition position)
    {
        var entries = new List<KeyValuePair<YamlScalar, YamlNode>>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        List<YamlNode>? merged = null;
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var keyNode = ReadNode(depth + 1);
            var value = ReadNode(depth + 1);
            if (keyNode is not YamlScalar key)
            {
                throw new YamlLimitException($"a key must be a string, not {keyNode.Describe()}",
                    "Braces in an unquoted value begin a map; put the value in quotes.", keyNode.Position);
            }

            if (key.Value == MergeKey && key.Kind == YamlScalarKind.Text && value is not YamlScalar)
            {
                (merged ??= []).Add(value);
                continue;
            }

            if (!keys.Add(key.Value))
            {
                throw new YamlLimitException($"the key \"{key.Value}\" occurs twice in one map",
                    "Only one of them could be in force; remove the other.", key.Position);
            }

            entries.Add(KeyValuePair.Create(key, value));
        }

        foreach (var source in merged ?? [])
        {
            Merge(source, entries, keys);
        }

        return new YamlMapping(entries, position);
    }

    // Keys of the map itself win over merged ones, earlier merged ones over later ones.
    private static void Merge(YamlNode source, List<KeyValuePair<YamlScalar, YamlNode>> entries, HashSet<string> keys)
    {
        var maps = source is YamlSequence list ? list.Items : [source];
        foreach (var map in maps)
        {
            if (map is not YamlMapping mapping)
            {
                throw new YamlLimitException($"<< takes a map, not {map.Describe()}", null, map.Position);
            }

            entries.AddRange(mapping.Entries.Where(entry => keys.Add(entry.Key.Value)));
        }
    }

    private static YamlScalarKind KindOf(Scalar scalar)
    {
        if (scalar.Style != ScalarStyle.Plain || (!scalar.Tag.IsEmpty && scalar.Tag.Value == StringTag))
        {
            return YamlScalarKind.Text;
        }

        return ScalarResolver.Resolve(scalar.Value);
    }

    private void Count(int weight, SourcePosition position)
    {
        _nodes += weight;
        if (_nodes > _limits.MaxNodes)
        {
            throw new YamlLimitException($"more than {_limits.MaxNodes} values in one document", null, position);
        }
    }

    private SourcePosition PositionOf(ParsingEvent parsed) =>
        new(_file, (int)parsed.Start.Line + _lineOffset, (int)parsed.Start.Column);
}
