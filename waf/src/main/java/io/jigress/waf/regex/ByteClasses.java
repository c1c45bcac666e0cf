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

    /// Bytes that no set of a program distinguishes share a class. Returns the number of classes.
    ///
    /// @param classOf receives the class of each byte
    static int partition(Program program, byte[] classOf) {
        int[] group = new int[256];
        int groups = 1;
        for (ByteSet set : program.sets()) {
            groups = split(group, groups, set);
        }
        if (program.hasAssertions()) {
            groups = split(group, groups, words());
            groups = split(group, groups, ByteSet.of('\n'));
        }
        for (int value = 255; value >= 0; value--) {
            classOf[value] = (byte) group[value];
        }
        return groups;
    }

    private static int split(int[] group, int groups, ByteSet set) {
        int[] inside = new int[groups];
        int[] outside = new int[groups];
        int count = 0;
        for (int value = 0; value < 256; value++) {
            int[] renamed = set.contains(value) ? inside : outside;
            if (renamed[group[value]] == 0) {
                renamed[group[value]] = ++count;
            }
            group[value] = renamed[group[value]] - 1;
        }
        return count;
    }
}
