namespace Lateen.Proxy.Formatting;

/// <summary>The command operators by name.</summary>
internal static class FormatOperators
{
    private static readonly Dictionary<string, Factory> Factories = BuildFactories();

    private delegate FormatOperator? Factory(string? arguments, out string error);

    private static readonly HashSet<string> WithLength =
    [
        "REQ", "REQUEST_HEADER", "RESP", "RESPONSE_HEADER", "TRAILER", "RESPONSE_TRAILER", "STREAM_INFO_REQ",
        "QUERY_PARAM", "QUERY_PARAMS", "PATH", "ENVIRONMENT", "FILTER_STATE", "UPSTREAM_FILTER_STATE",
        "PER_REQUEST_STATE", "REQ_WITHOUT_QUERY", "DYNAMIC_METADATA", "METADATA", "CEL", "TYPED_CEL", "XFCC_VALUE",
        "COALESCE",
    ];

    /// <summary>Empty parentheses count as none.</summary>
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
        created = factory(string.IsNullOrEmpty(arguments) ? null : arguments, out error);
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
        ConnectionOperators.AddTo(AddPlain, AddWithArguments);
        TlsOperators.AddTo(AddPlain, AddWithArguments);
        StreamOperators.AddTo(AddPlain, AddWithArguments);
        MetadataOperators.AddTo(AddWithArguments);
        AddWithArguments("CEL", (string? text, out string error) => Expression(text, false, out error));
        AddWithArguments("TYPED_CEL", (string? text, out string error) => Expression(text, true, out error));
        AddWithArguments("COALESCE", CoalesceOperator.Create);
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

    /// <summary>The value of an expression; an error is no value. In JSON a typed one keeps its type.</summary>
    private static FormatOperator? Expression(string? text, bool isTyped, out string error)
    {
        error = "";
        if (text is null || !Cel.CelProgram.TryParse(text, out var program, out error))
        {
            return null;
        }
        return new FormatOperator(
            (ByteBuffer output, Streams.StreamInfo info, in FormatContext context) =>
                program!.TryWrite(output, info, context.LogType),
            WriteJson: !isTyped ? null
                : (ByteBuffer output, Streams.StreamInfo info, in FormatContext context, int lengthMax) =>
                    program!.TryWriteJson(output, info, context.LogType, lengthMax));
    }
}
