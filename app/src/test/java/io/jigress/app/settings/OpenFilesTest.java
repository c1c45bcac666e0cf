package io.jigress.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OpenFilesTest {

    @Test
    void theSoftLimitCounts() {
        assertThat(OpenFiles.limit("""
                Limit                     Soft Limit           Hard Limit           Units
                Max processes             15654                15654                processes
                Max open files            20000                524288               files
                """)).isEqualTo(20_000);
    }

    @Test
    void anUnknownLimitIsTakenForAGenerousOne() {
        assertThat(OpenFiles.limit("Max open files            unlimited            unlimited            files"))
                .isEqualTo(1 << 20);
        assertThat(OpenFiles.limit("")).isEqualTo(1 << 20);
    }

    @Test
    void halfOfThemAreForConnectionsOfClients() {
        int most = Settings.defaults(new Setting.Machine(1, 0)).value(KnownSettings.LIMITS_CONNECTIONS);
        assertThat(most).isEqualTo(OpenFiles.limit() / 2).isPositive();
    }
}
