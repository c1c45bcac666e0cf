package io.jigress.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class MemoryAlarmTest {

    @Test
    void theLogIsToldOnceAMinute() {
        MemoryAlarm alarm = new MemoryAlarm(-5);
        for (int i = 0; i < 1000; i++) {
            alarm.ring(i, new OutOfMemoryError("as planned"));
        }
        assertThat(alarm.told()).isOne();
        alarm.ring(MemoryAlarm.QUIET_NANOS, new OutOfMemoryError("as planned"));
        assertThat(alarm.told()).isEqualTo(2);
    }
}
