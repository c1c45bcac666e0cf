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
    void whatIsLeftOfThemBesideTheReserveIsForClientsAndUpstreamsAlike() {
        Settings settings = Settings.defaults(new Setting.Machine(1, 0));
        int reserve = settings.value(KnownSettings.LIMITS_FILES_RESERVE);
        int clients = settings.value(KnownSettings.LIMITS_CONNECTIONS);
        assertThat(clients).isEqualTo((OpenFiles.limit() - reserve) / 2).isPositive();
        assertThat(KnownSettings.upstreamConnections(settings)).isBetween(clients, clients + 1);
    }

    @Test
    void theReserveIsAtMostAThird() {
        assertThat(OpenFiles.reserve(1024)).isEqualTo(256);
        assertThat(OpenFiles.reserve(400)).isEqualTo(133);
        assertThat(OpenFiles.clients(400, 133)).isEqualTo(133);
        assertThat(OpenFiles.upstreams(400, 133, 133)).isEqualTo(134);
        assertThat(OpenFiles.reserve(2)).isOne();
        assertThat(OpenFiles.clients(2, 1)).isOne();
    }
}
