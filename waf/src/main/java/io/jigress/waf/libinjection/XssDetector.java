package io.jigress.waf.libinjection;

import io.jigress.waf.libinjection.HtmlNames.Attribute;
import io.jigress.waf.libinjection.HtmlScanner.Context;

/// Detects cross-site scripting.
public final class XssDetector {
    private static final String[] SCHEMES = {"DATA", "VIEW-SOURCE", "VBSCRIPT", "JAVA"};
    private static final int MAX_CODE = 0x1000ff;

    private XssDetector() {
    }

    /// Whether the bytes would run a script in any context of a page.
    public static boolean detect(byte[] in, int from, int to) {
        boolean tags = false;
        boolean equals = false;
        boolean single = false;
        boolean twice = false;
        boolean back = false;
        for (int i = from; i < to; i++) {
            switch (in[i]) {
                case '<' -> tags = true;
                case '=' -> equals = true;
                case '\'' -> single = true;
                case '"' -> twice = true;
                case '`' -> back = true;
                default -> {
                }
            }
        }
        // A script needs a tag or the value of an attribute, and a quoted value that does not end is harmless.
        if (!tags && !equals) {
            return false;
        }
        return tags && detect(in, from, to, Context.DATA)
                || detect(in, from, to, Context.VALUE_WITHOUT_QUOTES)
                || single && detect(in, from, to, Context.VALUE_IN_SINGLE_QUOTES)
                || twice && detect(in, from, to, Context.VALUE_IN_DOUBLE_QUOTES)
                || back && detect(in, from, to, Context.VALUE_IN_BACKQUOTES);
    }

    private static boolean has(byte[] in, int from, int to, int c) {
        for (int i = from; i < to; i++) {
            if (in[i] == c) {
                return true;
            }
        }
        return false;
    }

    private static boolean detect(byte[] in, int from, int to, Context context) {
        HtmlScanner scanner = new HtmlScanner(in, from, to, context);
        Attribute attribute = Attribute.HARMLESS;
        while (scanner.next()) {
            int start = scanner.tokenFrom;
            int end = scanner.tokenTo;
            boolean black = switch (scanner.kind) {
                case DOCTYPE -> true;
                case TAG_NAME_OPEN -> HtmlNames.isBlackTag(in, start, end);
                case ATTR_VALUE -> isBlackValue(in, start, end, attribute);
                case TAG_COMMENT -> isBlackComment(in, start, end);
                case DATA_TEXT, TAG_NAME_CLOSE, TAG_NAME_SELFCLOSE, TAG_DATA, TAG_CLOSE, ATTR_NAME -> false;
            };
            if (black) {
                return true;
            }
            attribute = scanner.kind == HtmlScanner.Kind.ATTR_NAME ? HtmlNames.attribute(in, start, end) : Attribute.HARMLESS;
        }
        return false;
    }

    private static boolean isBlackValue(byte[] in, int from, int to, Attribute attribute) {
        return switch (attribute) {
            case HARMLESS -> false;
            case BLACK, STYLE -> true;
            case URL -> isBlackUrl(in, from, to);
            case INDIRECT -> HtmlNames.attribute(in, from, to) == Attribute.BLACK;
        };
    }

    private static boolean isBlackComment(byte[] in, int from, int to) {
        // Internet Explorer ends a tag with a backquote, and runs [if and xml comments.
        if (has(in, from, to, '`')) {
            return true;
        }
        if (to - from > 3) {
            if (in[from] == '[' && (in[from + 1] | 32) == 'i' && (in[from + 2] | 32) == 'f'
                    || (in[from] | 32) == 'x' && (in[from + 1] | 32) == 'm' && (in[from + 2] | 32) == 'l') {
                return true;
            }
        }
        if (to - from > 5) {
            String start = HtmlNames.normal(in, from, to, 5);
            return start.equals("IMPORT") || start.equals("ENTITY");
        }
        return false;
    }

    private static boolean isBlackUrl(byte[] in, int from, int to) {
        int start = from;
        // Some browsers ignore control characters, spaces and bytes beyond ASCII before a scheme.
        while (start < to && (in[start] <= 32 || in[start] == 127)) {
            start++;
        }
        for (String scheme : SCHEMES) {
            if (startsWith(in, start, to, scheme)) {
                return true;
            }
        }
        return false;
    }

    /// Whether the bytes, with character references decoded, begin with a word in upper case.
    private static boolean startsWith(byte[] in, int from, int to, String word) {
        int matched = 0;
        boolean first = true;
        int at = from;
        while (at < to) {
            int length = referenceLength(in, at, to);
            int code = length == 0 ? in[at] & 0xff : reference(in, at, at + length);
            at += Math.max(1, length);
            if (first && code <= 32) {
                continue;
            }
            first = false;
            if (code == 0 || code == 10) {
                continue;
            }
            if (matched == word.length()) {
                return true;
            }
            int upper = code >= 'a' && code <= 'z' ? code - 32 : code;
            if ((upper & 0xff) != word.charAt(matched)) {
                return false;
            }
            matched++;
        }
        return matched == word.length();
    }

    /// The length of a numeric character reference, or 0.
    private static int referenceLength(byte[] in, int at, int to) {
        if (in[at] != '&' || at + 2 >= to || in[at + 1] != '#') {
            return 0;
        }
        boolean hex = (in[at + 2] | 32) == 'x';
        int digits = hex ? at + 3 : at + 2;
        int i = digits;
        int value = 0;
        while (i < to && Character.digit(in[i], hex ? 16 : 10) >= 0) {
            value = value * (hex ? 16 : 10) + Character.digit(in[i], hex ? 16 : 10);
            if (value > MAX_CODE) {
                return 0;
            }
            i++;
        }
        if (i == digits) {
            return 0;
        }
        return (i < to && in[i] == ';' ? i + 1 : i) - at;
    }

    private static int reference(byte[] in, int from, int to) {
        boolean hex = (in[from + 2] | 32) == 'x';
        int value = 0;
        for (int i = hex ? from + 3 : from + 2; i < to && in[i] != ';'; i++) {
            value = value * (hex ? 16 : 10) + Character.digit(in[i], hex ? 16 : 10);
        }
        return value;
    }
}
