using System.Globalization;
using System.Text.Json;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Cel;
using Lateen.Proxy.Streams;
using Xunit.Abstractions;

namespace Lateen.Proxy.Tests.Conformance;

/// <summary>The language itself. Protobuf messages, optional values and the type checker do not apply: Envoy's
/// attributes need none of them.</summary>
public sealed class CelSuiteTests(ITestOutputHelper output)
{
    private static readonly string[] _needsMessages =
        ["TestAllTypes", "google.protobuf.", "optional.", "tuple(", "GlobalEnum", "proto."];

    public static TheoryData<string> Files =>
    [
        "basic", "comparisons", "conversions", "fp_math", "integer_math", "lists", "logic", "macros", "namespace",
        "parse", "plumbing", "string", "timestamps", "type_deduction",
    ];

    [SuiteTheory("cel")]
    [MemberData(nameof(Files))]
    public void Core_EveryExpression_GivesItsValue(string file)
    {
        var tally = new SuiteTally(output);
        using var document = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(TestKit.Conformance.Suite("cel"), "core", $"{file}.json")));
        foreach (var section in document.RootElement.GetProperty("section").EnumerateArray())
        {
            foreach (var test in section.GetProperty("tests").EnumerateArray())
            {
                var expression = test.GetProperty("expr").GetString()!;
                if (Array.Exists(_needsMessages, expression.Contains) || test.TryGetProperty("checkOnly", out _)
                    || NeedsMessage(test) || KeepsEscapes(test))
                {
                    tally.NotApplicable++;
                    continue;
                }
                var (passed, detail) = Run(expression, test);
                tally.Count($"{section.GetProperty("name")}/{test.GetProperty("name")}", passed, detail);
            }
        }
        tally.AssertAll();
    }

    private static bool NeedsMessage(JsonElement test) => test.TryGetProperty("bindings", out var bindings)
        && bindings.EnumerateObject().Any(binding => Read(binding.Value.GetProperty("value")) is null);

    /// <summary>The suite's conversion left the escapes of some expected texts as they stood.</summary>
    private static bool KeepsEscapes(JsonElement test) => test.TryGetProperty("value", out var value)
        && value.EnumerateObject().First().Value is { ValueKind: JsonValueKind.String } content
        && ((content.GetString()!.Contains("\\u", StringComparison.OrdinalIgnoreCase)
            && value.TryGetProperty("stringValue", out _))
        || (value.TryGetProperty("bytesValue", out _) && content.GetBytesFromBase64().AsSpan().IndexOf("\\?"u8) >= 0));

    private static (bool Passed, string Detail) Run(string expression, JsonElement test)
    {
        var isError = test.TryGetProperty("evalError", out var _) || test.TryGetProperty("anyEvalErrors", out _);
        if (!CelProgram.TryParse(expression, new SuiteNames(test), out var program, out var error))
        {
            return (isError, $"{expression}: {error}");
        }
        var at = CelEvaluation.Begin(new StreamInfo(), AccessLogType.NotSet);
        var value = program!.Run(at);
        if (isError)
        {
            return (value.Kind == CelKind.Error, $"{expression}: {value.Kind}, not an error");
        }
        var wanted = test.TryGetProperty("value", out var plain) ? Read(plain)
            : test.TryGetProperty("typedResult", out var typed) && typed.TryGetProperty("result", out var result)
                ? Read(result) : CelValue.Of(true);
        var passed = wanted is { } known && value.Kind == known.Kind
            && (CelOperators.AreEqual(at, value, known)
                || (value.Kind == CelKind.Double && double.IsNaN(value.Number) && double.IsNaN(known.Number)));
        return (passed, $"{expression}: {value.Kind} {value.Bits} wanted {test}");
    }

    /// <summary>Null for values that only messages have.</summary>
    private static CelValue? Read(JsonElement value)
    {
        var (kind, content) = value.EnumerateObject().Select(field => (field.Name, field.Value)).First();
        switch (kind)
        {
            case "int64Value":
                return CelValue.Of(long.Parse(content.GetString()!, CultureInfo.InvariantCulture));
            case "uint64Value":
                return CelValue.OfUnsigned(ulong.Parse(content.GetString()!, CultureInfo.InvariantCulture));
            case "doubleValue":
                return CelValue.Of(content.ValueKind == JsonValueKind.Number ? content.GetDouble()
                    : content.GetString() switch
                    {
                        "Infinity" => double.PositiveInfinity,
                        "-Infinity" => double.NegativeInfinity,
                        _ => double.NaN,
                    });
            case "boolValue":
                return CelValue.Of(content.GetBoolean());
            case "nullValue":
                return CelValue.Null;
            case "stringValue":
                return CelValue.Of(System.Text.Encoding.UTF8.GetBytes(content.GetString()!));
            case "bytesValue":
                return CelValue.OfBytes(content.GetBytesFromBase64());
            case "typeValue":
                return CelValue.OfType(System.Text.Encoding.UTF8.GetBytes(content.GetString()!));
            case "listValue":
                return CelValue.Of(content.TryGetProperty("values", out var values)
                    ? [.. values.EnumerateArray().Select(item => Read(item)!.Value)] : []);
            case "mapValue":
                var entries = content.TryGetProperty("entries", out var list) ? list.EnumerateArray().ToArray() : [];
                return CelValue.Of(new CelLiteralMap(
                    [.. entries.Select(entry => Read(entry.GetProperty("key"))!.Value)],
                    [.. entries.Select(entry => Read(entry.GetProperty("value"))!.Value)]));
            default:
                return null;
        }
    }

    /// <summary>The variables of a test, in its container.</summary>
    private sealed class SuiteNames(JsonElement test) : CelNames
    {
        public override bool IsLenient => true;

        public override IEnumerable<string> Containers
        {
            get
            {
                var container = test.TryGetProperty("container", out var name) ? name.GetString()! : "";
                while (container.Length > 0)
                {
                    yield return container;
                    var dot = container.LastIndexOf('.');
                    container = dot < 0 ? "" : container[..dot];
                }
                yield return "";
            }
        }

        public override CelNode? Find(string name) =>
            test.TryGetProperty("bindings", out var bindings) && bindings.TryGetProperty(name, out var binding)
                ? new CelNode.Constant(Read(binding.GetProperty("value"))!.Value)
                : FindType(name);
    }
}
