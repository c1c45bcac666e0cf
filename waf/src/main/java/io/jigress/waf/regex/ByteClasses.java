package io.jigress.waf.regex;

/// The named byte classes of expressions.
final class ByteClasses {
    private ByteClasses() {
    }

    static ByteSet union(ByteSet a, ByteSet b) {
        ByteSet set = new ByteSet();
        set.addAll(a);
        set.addAll(b);
        return set;
    }

    static ByteSet letters() {
        return union(ByteSet.range('a', 'z'), ByteSet.range('A', 'Z'));
    }

    static ByteSet digits() {
        return ByteSet.range('0', '9');
    }

    static ByteSet words() {
        return union(union(letters(), digits()), ByteSet.of('_'));
    }

    static ByteSet spaces() {
        return union(ByteSet.range('\t', '\r'), ByteSet.of(' '));
    }

    static ByteSet horizontal() {
        return union(union(ByteSet.of('\t'), ByteSet.of(' ')), ByteSet.of(0xa0));
    }

    static ByteSet vertical() {
        return union(ByteSet.range('\n', '\r'), ByteSet.of(0x85));
    }
}
