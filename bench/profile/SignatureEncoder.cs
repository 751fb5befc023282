using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Lateen.Profile;

/// <summary>Writes the types of a signature for another module, whose references they take (ECMA-335,
/// II.23.2).</summary>
internal sealed class SignatureEncoder(References references) : ISignatureTypeProvider<Action<BlobBuilder>, int>
{
    private bool _isModifier;

    public Action<BlobBuilder> GetArrayType(Action<BlobBuilder> elementType, ArrayShape shape) => blob =>
    {
        blob.WriteByte((byte)SignatureTypeCode.Array);
        elementType(blob);
        new ArrayShapeEncoder(blob).Shape(shape.Rank, shape.Sizes, shape.LowerBounds);
    };

    public Action<BlobBuilder> GetByReferenceType(Action<BlobBuilder> elementType) =>
        After(SignatureTypeCode.ByReference, elementType);

    public Action<BlobBuilder> GetFunctionPointerType(MethodSignature<Action<BlobBuilder>> signature) => blob =>
    {
        blob.WriteByte((byte)SignatureTypeCode.FunctionPointer);
        blob.WriteByte(signature.Header.RawValue);
        blob.WriteCompressedInteger(signature.ParameterTypes.Length);
        signature.ReturnType(blob);
        foreach (var parameter in signature.ParameterTypes)
        {
            parameter(blob);
        }
    };

    public Action<BlobBuilder> GetGenericInstantiation(
        Action<BlobBuilder> genericType, ImmutableArray<Action<BlobBuilder>> typeArguments) => blob =>
    {
        blob.WriteByte((byte)SignatureTypeCode.GenericTypeInstance);
        genericType(blob);
        blob.WriteCompressedInteger(typeArguments.Length);
        foreach (var argument in typeArguments)
        {
            argument(blob);
        }
    };

    public Action<BlobBuilder> GetGenericMethodParameter(int genericContext, int index) =>
        Parameter(SignatureTypeCode.GenericMethodParameter, index);

    public Action<BlobBuilder> GetGenericTypeParameter(int genericContext, int index) =>
        Parameter(SignatureTypeCode.GenericTypeParameter, index);

    public Action<BlobBuilder> GetModifiedType(
        Action<BlobBuilder> modifier, Action<BlobBuilder> unmodifiedType, bool isRequired) => blob =>
    {
        blob.WriteByte((byte)(isRequired ? SignatureTypeCode.RequiredModifier : SignatureTypeCode.OptionalModifier));
        _isModifier = true;
        modifier(blob);
        _isModifier = false;
        unmodifiedType(blob);
    };

    public Action<BlobBuilder> GetPinnedType(Action<BlobBuilder> elementType) =>
        After(SignatureTypeCode.Pinned, elementType);

    public Action<BlobBuilder> GetPointerType(Action<BlobBuilder> elementType) =>
        After(SignatureTypeCode.Pointer, elementType);

    public Action<BlobBuilder> GetPrimitiveType(PrimitiveTypeCode typeCode) => blob => blob.WriteByte((byte)typeCode);

    public Action<BlobBuilder> GetSZArrayType(Action<BlobBuilder> elementType) =>
        After(SignatureTypeCode.SZArray, elementType);

    public Action<BlobBuilder> GetTypeFromDefinition(
        MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
        Reference(references.To(reader, handle), rawTypeKind);

    public Action<BlobBuilder> GetTypeFromReference(
        MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
        Reference(references.To(reader, handle), rawTypeKind);

    public Action<BlobBuilder> GetTypeFromSpecification(
        MetadataReader reader, int genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    private static Action<BlobBuilder> After(SignatureTypeCode code, Action<BlobBuilder> type) => blob =>
    {
        blob.WriteByte((byte)code);
        type(blob);
    };

    private static Action<BlobBuilder> Parameter(SignatureTypeCode code, int index) => blob =>
    {
        blob.WriteByte((byte)code);
        blob.WriteCompressedInteger(index);
    };

    /// <summary>A modifier's type stands without the byte that tells classes from values.</summary>
    private Action<BlobBuilder> Reference(EntityHandle type, byte kind) => blob =>
    {
        if (!_isModifier)
        {
            blob.WriteByte(kind);
        }

        blob.WriteCompressedInteger(CodedIndex.TypeDefOrRefOrSpec(type));
    };
}
