package io.jigress.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {
    private static final String TEXT = "a\u001b[2J\r\n\tb\u007f\u009b\u202e\u2028 \\u0041 $1 中文 \ud83d\ude00";

    @Test
    void controlCharactersAreEscaped() {
        assertThat(Printable.line(TEXT)).isEqualTo(
                "a\\u001b[2J\\u000d\\u000a\\u0009b\\u007f\\u009b\\u202e\\u2028 \\u0041 $1 中文 \ud83d\ude00");
    }

    @Test
    void linesAndTabsMayStay() {
        assertThat(Printable.lines(TEXT)).startsWith("a\\u001b[2J\\u000d\n\tb\\u007f");
    }
}
