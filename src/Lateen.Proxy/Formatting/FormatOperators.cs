namespace Lateen.Proxy.Formatting;

/// <summary>The command operators by name.</summary>
internal static class FormatOperators
{
    private static readonly Dictionary<string, Factory> Factories = BuildFactories();

    private delegate FormatOperator? Factory(string? arguments, out string error);

    private static readonly HashSet<string> WithLength =
    [
        "REQ", "RESP", "TRAILER", "STREAM_INFO_REQ", "QUERY_PARAM", "PATH", "ENVIRONMENT", "FILTER_STATE",
        "UPSTREAM_FILTER_STATE", "REQ_WITHOUT_QUERY",
    ];

    public static bool TryCreate(
        string name, string? arguments, int? length, out FormatOperator? created, out string error)
    {
        created = null;
        if (!Factories.TryGetValue(name, out var factory))
        {
            error = $"Not supported field in StreamInfo: {name}";
            return false;
        }
        if (length is not null && !WithLength.Contains(name))
        {
            error = $"{name} does not allow length to be specified.";
            return false;
        }
        created = factory(arguments, out error);
        if (created is not null && length is { } limit)
        {
            created = created with { LengthMax = limit };
        }
        return created is not null;
    }

    private static Dictionary<string, Factory> BuildFactories()
    {
        var map = new Dictionary<string, Factory>();
        HeaderOperators.AddTo(AddWithArguments);
        TimeOperators.AddTo(AddPlain, AddWithArguments);
        ConnectionOperators.AddTo(AddPlain);
        TlsOperators.AddTo(AddPlain, AddWithArguments);
        StreamOperators.AddTo(AddPlain, AddWithArguments);
        MetadataOperators.AddTo(AddWithArguments);
        AddWithArguments("CEL", Expression);
        AddWithArguments("TYPED_CEL", Expression);
        return map;

        void AddPlain(string name, FormatOperator plain) => map[name] = (string? arguments, out string error) =>
        {
            error = arguments is null ? "" : $"{name} does not take any parameters or length";
            return arguments is null ? plain : null;
        };

        void AddWithArguments(string name, OperatorBuilder build) => map[name] =
            (string? arguments, out string error) =>
        {
            var created = build(arguments, out error);
            if (created is null && error.Length == 0)
            {
                error = $"{name} requires parameters";
            }
            return created;
        };
    }

    /// <summary>The value of an expression; an error is no value.</summary>
    private static FormatOperator? Expression(string? text, out string error)
    {
        error = "";
        if (string.IsNullOrEmpty(text) || !Cel.CelProgram.TryParse(text, out var program, out error))
        {
            return null;
        }
        return new FormatOperator((ByteBuffer output, Streams.StreamInfo info, in FormatContext context) =>
            program!.TryWrite(output, info, context.LogType));
    }
}
