using System.Text;
using Envoy.Config.Core.V3;
using Google.Protobuf;
using Lateen.Proxy.ExtProc;
using HeaderMap = Lateen.Http.HeaderMap;
using Mutation = Envoy.Service.ExtProc.V3.HeaderMutation;

namespace Lateen.Proxy.Tests.Filters;

public sealed class ExtProcMessagesTests
{
    [Fact]
    public void Apply_RemovalsAndSettings_ChangesTheHeaders()
    {
        var mutation = Set(("x-a", "2"), ("x-new", "n"));
        mutation.RemoveHeaders.Add("x-b");

        var (headers, error, rejected) = Apply(mutation, new HeaderMutationRules());

        Assert.Null(error);
        Assert.Equal(0, rejected);
        Assert.Equal("x-a=2 x-new=n", Text(headers));
    }

    [Theory]
    [InlineData(true, "header_mutation_set_headers_failed", "x-a=1 x-b=1")]
    [InlineData(false, null, "x-a=1 x-b=1")]
    public void Apply_ForbiddenHeader_FailsOnlyWhereThatIsAnError(bool isError, string? expected, string left)
    {
        var rules = new HeaderMutationRules { DisallowAll = true, DisallowIsError = isError };

        var (headers, error, rejected) = Apply(Set(("x-a", "2")), rules);

        Assert.Equal(expected, error);
        Assert.Equal(1, rejected);
        Assert.Equal(left, Text(headers));
    }

    [Fact]
    public void Apply_RemovalOfForbiddenHeader_NamesTheRemoval()
    {
        var mutation = new Mutation();
        mutation.RemoveHeaders.Add("host");

        var (_, error, _) = Apply(mutation, new HeaderMutationRules { DisallowIsError = true });

        Assert.Equal("header_mutation_remove_headers_failed", error);
    }

    [Fact]
    public void Apply_ControlCharacter_IsAnErrorWhateverTheRules()
    {
        var (_, error, rejected) = Apply(Set(("x-a", "a\nb")), new HeaderMutationRules());

        Assert.Equal("header_mutation_set_contains_invalid_character", error);
        Assert.Equal(1, rejected);
    }

    [Theory]
    [InlineData("x-a\n")]
    [InlineData("x-a b")]
    [InlineData("x-a\0")]
    [InlineData("x:a")]
    [InlineData("::a")]
    [InlineData(":")]
    [InlineData("x(a)")]
    [InlineData("x-\u00e9")]
    public void Apply_NameThatIsNone_IsAnErrorWhateverTheRules(string name)
    {
        var removal = new Mutation();
        removal.RemoveHeaders.Add("x-b");
        removal.RemoveHeaders.Add(name);

        var (left, removalError, removalsRejected) = Apply(removal, new HeaderMutationRules());
        var (kept, error, rejected) = Apply(Set((name, "v")), new HeaderMutationRules());

        Assert.Equal("header_mutation_remove_contains_invalid_character", removalError);
        Assert.Equal(1, removalsRejected);
        Assert.Equal("x-a=1", Text(left));
        Assert.Equal("header_mutation_set_contains_invalid_character", error);
        Assert.Equal(1, rejected);
        Assert.Equal("x-a=1 x-b=1", Text(kept));
    }

    [Theory]
    [InlineData("X-A", "x-b=1")]
    [InlineData("x_a", "x-a=1 x-b=1")]
    [InlineData("", "x-a=1 x-b=1")]
    public void Apply_RemovalOfAnyName_TakesIt(string name, string expected)
    {
        var removal = new Mutation();
        removal.RemoveHeaders.Add(name);

        var (left, error, rejected) = Apply(removal, new HeaderMutationRules());

        Assert.Null(error);
        Assert.Equal(0, rejected);
        Assert.Equal(expected, Text(left));
    }

    [Fact]
    public void Apply_PseudoHeaderThatThereIsNoneOf_ReachesNobody()
    {
        var (headers, error, rejected) = Apply(Set((":x-a", "v")), new HeaderMutationRules());

        Assert.Null(error);
        Assert.Equal(0, rejected);
        Assert.Equal("x-a=1 x-b=1", Text(headers));
    }

    [Fact]
    public void Apply_MoreThanTheLimit_IsAnError()
    {
        var mutation = Set([.. Enumerable.Range(0, 4).Select(i => ($"x-{i}", "1"))]);

        var (headers, error, _) = Apply(mutation, new HeaderMutationRules(), max: 3);

        Assert.Equal("header_mutation_operation_count_exceeds_limit", error);
        Assert.Equal("x-a=1 x-b=1", Text(headers));
    }

    [Fact]
    public void Apply_LengthThatIsNotKnownYet_PassesItOver()
    {
        var (headers, error, _) = Apply(Set(("content-length", "5")), new HeaderMutationRules(), keepsLength: true);

        Assert.Null(error);
        Assert.Equal("x-a=1 x-b=1", Text(headers));
    }

    [Theory]
    [InlineData("x-a", "2", false, ExtProcEffect.Applied)]
    [InlineData("x-envoy-a", "2", false, ExtProcEffect.None)]
    [InlineData("x-envoy-a", "2", true, ExtProcEffect.Failed)]
    [InlineData("x-a", "a\nb", false, ExtProcEffect.RefusedAsInvalid)]
    internal void Apply_OfASetting_TellsWhatBecameOfIt(string name, string value, bool isError, ExtProcEffect expected)
    {
        ExtProcMessages.Apply(
            Set((name, value)), new HeaderMap(),
            new HeaderMutationScope(new HeaderMutationRules { DisallowIsError = isError }, 100), () => { },
            out var effect);

        Assert.Equal(expected, effect);
    }

    [Theory]
    [InlineData("x-a", ExtProcEffect.Applied)]
    [InlineData("x-none", ExtProcEffect.None)]
    [InlineData("x-a\n", ExtProcEffect.RefusedAsInvalid)]
    internal void Apply_OfARemoval_CountsWhereThereWasSomething(string name, ExtProcEffect expected)
    {
        var headers = new HeaderMap();
        headers.Add("x-a"u8, "1"u8);
        var mutation = new Mutation();
        mutation.RemoveHeaders.Add(name);

        ExtProcMessages.Apply(
            mutation, headers, new HeaderMutationScope(new HeaderMutationRules(), 100), () => { }, out var effect);

        Assert.Equal(expected, effect);
    }

    private static Mutation Set(params (string Name, string Value)[] headers)
    {
        var mutation = new Mutation();
        foreach (var (name, value) in headers)
        {
            mutation.SetHeaders.Add(new HeaderValueOption
            {
                Header = new HeaderValue { Key = name, RawValue = ByteString.CopyFromUtf8(value) },
            });
        }
        return mutation;
    }

    private static (HeaderMap Headers, string? Error, int Rejected) Apply(
        Mutation mutation, HeaderMutationRules rules, int max = 100, bool keepsLength = false)
    {
        var headers = new HeaderMap();
        headers.Add("x-a"u8, "1"u8);
        headers.Add("x-b"u8, "1"u8);
        var rejected = 0;
        var error = ExtProcMessages.Apply(
            mutation, headers, new HeaderMutationScope(rules, max, KeepsLength: keepsLength), () => rejected++, out _);
        return (headers, error is null ? null : Encoding.ASCII.GetString(error), rejected);
    }

    private static string Text(HeaderMap headers) => string.Join(' ', Enumerable.Range(0, headers.Count).Select(i =>
        $"{Encoding.ASCII.GetString(headers.GetName(i))}={Encoding.ASCII.GetString(headers.GetValue(i))}"));
}
