package io.jigress.waf.transform;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A transformation by its SecLang name. `none`, which clears a list, is not one.
public enum Transformation {
    BASE64_DECODE("base64Decode", 1, 4, Traits.ANY, Decoders::base64),
    BASE64_DECODE_EXT("base64DecodeExt", 1, 4, Traits.ANY, Decoders::base64Forgiving),
    BASE64_ENCODE("base64Encode", 2, 4, Traits.ANY, Encoders::base64),
    CMD_LINE("cmdLine", 1, 0, Traits.QUOTE | Traits.BACKSLASH | Traits.SPACE | Traits.COMMA | Traits.UPPER,
            Cleaners::commandLine),
    COMPRESS_WHITESPACE("compressWhitespace", 1, 0, Traits.SPACE, Cleaners::compressWhitespace),
    CSS_DECODE("cssDecode", 1, 0, Traits.BACKSLASH, Decoders::css),
    ESCAPE_SEQ_DECODE("escapeSeqDecode", 1, 0, Traits.BACKSLASH, Decoders::escapes),
    HEX_DECODE("hexDecode", 1, 0, Traits.ANY, Decoders::hexadecimal),
    HEX_ENCODE("hexEncode", 2, 0, Traits.ANY, Encoders::hexadecimal),
    HTML_ENTITY_DECODE("htmlEntityDecode", 1, 0, Traits.AMPERSAND, Decoders::htmlEntities),
    JS_DECODE("jsDecode", 1, 0, Traits.BACKSLASH, Decoders::javaScript),
    LENGTH("length", 0, 11, Traits.ANY, Encoders::length),
    LOWERCASE("lowercase", 1, 0, Traits.UPPER, Cleaners::lowercase),
    MD5("md5", 0, 16, Traits.ANY, Encoders::md5),
    NORMALIZE_PATH("normalizePath", 1, 2, Traits.SLASH | Traits.DOT, Paths::normalize),
    NORMALIZE_PATH_WIN("normalizePathWin", 1, 2, Traits.SLASH | Traits.DOT | Traits.BACKSLASH, Paths::normalizeWindows),
    PARITY_EVEN_7BIT("parityEven7bit", 1, 0, Traits.ANY, Encoders::parityEven),
    PARITY_ODD_7BIT("parityOdd7bit", 1, 0, Traits.ANY, Encoders::parityOdd),
    PARITY_ZERO_7BIT("parityZero7bit", 1, 0, Traits.ANY, Encoders::parityZero),
    REMOVE_COMMENTS("removeComments", 1, 1, Traits.SLASH | Traits.LESS | Traits.HASH | Traits.DASH, Cleaners::removeComments),
    REMOVE_COMMENTS_CHAR("removeCommentsChar", 1, 0, Traits.SLASH | Traits.LESS | Traits.HASH | Traits.DASH | Traits.STAR,
            Cleaners::removeCommentCharacters),
    REMOVE_NULLS("removeNulls", 1, 0, Traits.NUL, Cleaners::removeNulls),
    REMOVE_WHITESPACE("removeWhitespace", 1, 0, Traits.SPACE, Cleaners::removeWhitespace),
    REPLACE_COMMENTS("replaceComments", 1, 1, Traits.SLASH, Cleaners::replaceComments),
    REPLACE_NULLS("replaceNulls", 1, 0, Traits.NUL, Cleaners::replaceNulls),
    SHA1("sha1", 0, 20, Traits.ANY, Encoders::sha1),
    SQL_HEX_DECODE("sqlHexDecode", 1, 0, Traits.ZERO, Decoders::sqlHexadecimal),
    TRIM("trim", 1, 0, Traits.SPACE, Cleaners::trim),
    TRIM_LEFT("trimLeft", 1, 0, Traits.SPACE, Cleaners::trimLeft),
    TRIM_RIGHT("trimRight", 1, 0, Traits.SPACE, Cleaners::trimRight),
    UPPERCASE("uppercase", 1, 0, Traits.LOWER, Cleaners::uppercase),
    URL_DECODE("urlDecode", 1, 0, Traits.PERCENT | Traits.PLUS, Decoders::url),
    URL_DECODE_UNI("urlDecodeUni", 1, 0, Traits.PERCENT | Traits.PLUS, Decoders::urlUnicode),
    URL_ENCODE("urlEncode", 3, 0, Traits.ANY, Encoders::url),
    UTF8_TO_UNICODE("utf8toUnicode", 3, 0, Traits.HIGH, Encoders::utf8ToUnicode);

    private static final Map<String, Transformation> BY_NAME = Stream.concat(
            Stream.of(values()).map(value -> Map.entry(value.seclangName.toLowerCase(Locale.ROOT), value)),
            Stream.of(Map.entry("normalisepath", NORMALIZE_PATH), Map.entry("normalisepathwin", NORMALIZE_PATH_WIN),
                    Map.entry("urldecodeunicode", URL_DECODE_UNI)))
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue, (a, _) -> a));

    /// Writes the transformed bytes of `in` to `out` at `at`, which do not overlap, and returns where they end.
    @FunctionalInterface
    interface Code {
        int apply(byte[] in, int from, int to, byte[] out, int at);
    }

    private final String seclangName;
    private final int factor;
    private final int extra;
    private final int touches;
    private final Code code;

    Transformation(String seclangName, int factor, int extra, int touches, Code code) {
        this.seclangName = seclangName;
        this.factor = factor;
        this.extra = extra;
        this.touches = touches;
        this.code = code;
    }

    /// Case does not matter in names.
    public static Optional<Transformation> byName(String name) {
        return Optional.ofNullable(BY_NAME.get(name.toLowerCase(Locale.ROOT)));
    }

    /// The index of the transformation in arrays.
    @SuppressWarnings("EnumOrdinal")
    public int index() {
        return ordinal();
    }

    public String seclangName() {
        return seclangName;
    }

    /// The [Traits] of values that the transformation may change.
    public int touches() {
        return touches;
    }

    /// Whether the transformation may change a value with these [Traits]; if not, its output is its input.
    public boolean touches(int traits) {
        return (touches & traits) != 0;
    }

    /// The most bytes that the output of an input of this length can have.
    public int maxLength(int length) {
        return Math.addExact(Math.multiplyExact(length, factor), extra);
    }

    /// Writes the transformed bytes to `out` at `at`, where [#maxLength] bytes must be free, and returns their end. Both arrays may be the
    /// same if the ranges do not overlap.
    public int apply(byte[] in, int from, int to, byte[] out, int at) {
        return code.apply(in, from, to, out, at);
    }

    /// The transformed bytes in a new array.
    public byte[] apply(byte[] in) {
        byte[] out = new byte[maxLength(in.length)];
        return java.util.Arrays.copyOf(out, apply(in, 0, in.length, out, 0));
    }
}
