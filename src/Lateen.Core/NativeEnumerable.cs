namespace Lateen;

/// <summary>
/// <c>Select</c> as the native executable has it. The framework's is a generic virtual method, of which a compiler
/// ahead of time must make every pair of element types that may meet: a third of the executable. This one is found
/// first, as its namespace encloses ours; it is part of native builds only.
/// </summary>
public static class NativeEnumerable
{
    /// <summary>Each element through <paramref name="selector"/>, when it is asked for.</summary>
    public static IEnumerable<TResult> Select<TSource, TResult>(
        this IEnumerable<TSource> source, Func<TSource, TResult> selector)
    {
        foreach (var element in source)
        {
            yield return selector(element);
        }
    }
}
