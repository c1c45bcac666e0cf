package io.jigress.control.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPatternTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "*", "*.", ".a", "a.", "a..b", "a:80", "10.0.0.1", "a b", "-a.b", "a-.b", "*a.b", "a.*.b", "a/b",
        "[::1]", "_a"})
    void refusesWhatIsNoHost(String text) {
        assertThat(HostPattern.parse(text)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"Shop.Example,shop.example", "*.A.b,*.a.b", "localhost,localhost", "a-b.c1,a-b.c1", "1.example,1.example"})
    void lowersCase(String text, String pattern) {
        assertThat(HostPattern.parse(text)).isEqualTo(pattern);
    }

    @ParameterizedTest
    @CsvSource({"*,a.b,a.b", "*.b,a.b,a.b", "*.b,x.a.b,x.a.b", "*.b,*.a.b,*.a.b", "a.b,a.b,a.b", "*,*,*", "*.b,b,", "*.b,ab,",
        "a.b,b.b,", "*.a.b,*.b.b,", "*.b,*.ab,"})
    void whatFitsBothIsTheNarrowerOfThem(String a, String b, String common) {
        assertThat(HostPattern.intersect(a, b)).isEqualTo(common);
        assertThat(HostPattern.intersect(b, a)).isEqualTo(common);
    }

    @Test
    void widensLabelByLabel() {
        assertThat(HostPattern.wider("a.b.c")).isEqualTo("*.b.c");
        assertThat(HostPattern.wider("*.b.c")).isEqualTo("*.c");
        assertThat(HostPattern.wider("*.c")).isEqualTo("*");
        assertThat(HostPattern.wider("c")).isEqualTo("*");
        assertThat(HostPattern.wider("*")).isNull();
    }
}
