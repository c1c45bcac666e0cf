package @PACKAGE@;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import org.junit.jupiter.api.Test;

class @CLASS@FilterTest {
    private final FilterTester tester = FilterTester.start(new @CLASS@Factory(), "{'word': 'good day'}");

    @Test
    void requestsGetTheWord() {
        TestExchange exchange = tester.exchange("GET", "/", "host: shop.example");
        exchange.requestHead();
        assertThat(exchange.requestHeaders().all("x-@NAME@")).containsExactly("good day");
    }

    @Test
    void oneUserIsRefused() {
        TestExchange exchange = tester.exchange("GET", "/", "x-user: mallory");
        assertThat(exchange.reply().status()).isEqualTo(403);
    }

    @Test
    void aMisspelledFieldIsAnError() {
        assertThat(FilterTester.issues(new @CLASS@Factory(), "{'wrod': 'x'}")).hasSize(1);
    }
}
