package io.jigress.sentinel.library;

import com.alibaba.csp.sentinel.log.LogTarget;
import com.alibaba.csp.sentinel.log.Logger;
import com.alibaba.csp.sentinel.log.RecordLog;
import org.slf4j.LoggerFactory;

/// Sentinel's record log as part of the program's log, found by Sentinel as a service. Sentinel's messages of level INFO report each
/// class that is initialised and each rule that is loaded: they are logged as debug.
@LogTarget(RecordLog.LOGGER_NAME)
public final class RecordLogger implements Logger {
    private static final org.slf4j.Logger log = LoggerFactory.getLogger("io.jigress.sentinel.library");

    @Override
    public void info(String format, Object... arguments) {
        log.debug(format, arguments);
    }

    @Override
    public void info(String msg, Throwable e) {
        log.debug(msg, e);
    }

    @Override
    public void warn(String format, Object... arguments) {
        log.warn(format, arguments);
    }

    @Override
    public void warn(String msg, Throwable e) {
        log.warn(msg, e);
    }

    @Override
    public void trace(String format, Object... arguments) {
        log.trace(format, arguments);
    }

    @Override
    public void trace(String msg, Throwable e) {
        log.trace(msg, e);
    }

    @Override
    public void debug(String format, Object... arguments) {
        log.debug(format, arguments);
    }

    @Override
    public void debug(String msg, Throwable e) {
        log.debug(msg, e);
    }

    @Override
    public void error(String format, Object... arguments) {
        log.error(format, arguments);
    }

    @Override
    public void error(String msg, Throwable e) {
        log.error(msg, e);
    }
}
