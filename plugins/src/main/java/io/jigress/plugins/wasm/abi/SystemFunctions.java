package io.jigress.plugins.wasm.abi;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/// Host functions for logs, time, properties, metrics, contexts and foreign functions.
final class SystemFunctions {
    private static final int MAX_LEVEL = 5;
    private static final int MAX_INFLATED = 8 * 1024 * 1024;
    private static final int MAX_TICK = Integer.MAX_VALUE;

    private SystemFunctions() {}

    static long log(Vm vm, long[] a) {
        if (a[0] < 0 || a[0] > MAX_LEVEL) {
            return Status.BAD_ARGUMENT;
        }
        if (!vm.log().takes((int) a[0])) {
            vm.guest().check((int) a[1], (int) a[2]);
            return Status.OK;
        }
        vm.log().line((int) a[0], new String(vm.guest().read((int) a[1], (int) a[2]), StandardCharsets.UTF_8));
        return Status.OK;
    }

    static long logLevel(Vm vm, long[] a) {
        vm.guest().writeInt((int) a[0], vm.log().level());
        return Status.OK;
    }

    static long time(Vm vm, long[] a) {
        vm.guest().writeLong((int) a[0], now(vm));
        return Status.OK;
    }

    /// Nanoseconds since 1970.
    static long now(Vm vm) {
        Instant now = vm.isAttached() ? vm.services().now() : vm.environment().clock().instant();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    static long tickPeriod(Vm vm, long[] a) {
        vm.timer().period(Math.min(Integer.toUnsignedLong((int) a[0]), MAX_TICK));
        return Status.OK;
    }

    static long configuration(Vm vm, long[] a) {
        vm.give(vm.configuration(), (int) a[0], (int) a[1]);
        return Status.OK;
    }

    static long getProperty(Vm vm, long[] a) {
        byte[] value = Attributes.get(vm, vm.text((int) a[0], (int) a[1]));
        if (value == null) {
            return Status.NOT_FOUND;
        }
        vm.give(value, (int) a[2], (int) a[3]);
        return Status.OK;
    }

    static long setProperty(Vm vm, long[] a) {
        String path = vm.text((int) a[0], (int) a[1]);
        byte[] value = vm.guest().read((int) a[2], (int) a[3]);
        HttpContext context = vm.current();
        if (context == null || context.exchange() == null || path.isEmpty()) {
            return Status.NOT_FOUND;
        }
        return context.property(path, value) ? Status.OK : Status.INTERNAL_FAILURE;
    }

    static long effectiveContext(Vm vm, long[] a) {
        return vm.effective((int) a[0]) ? Status.OK : Status.BAD_ARGUMENT;
    }

    static long done(Vm vm, long[] a) {
        return vm.done(vm.current()) ? Status.OK : Status.NOT_FOUND;
    }

    // ---- metrics

    static long defineMetric(Vm vm, long[] a) {
        if (a[0] < VmMetrics.COUNTER || a[0] > VmMetrics.HISTOGRAM) {
            return Status.BAD_ARGUMENT;
        }
        int id = vm.metrics().define((int) a[0], vm.text((int) a[1], (int) a[2]));
        if (id == 0) {
            return Status.INTERNAL_FAILURE;
        }
        vm.guest().writeInt((int) a[3], id);
        return Status.OK;
    }

    static long incrementMetric(Vm vm, long[] a) {
        return vm.metrics().increment((int) a[0], a[1]);
    }

    static long recordMetric(Vm vm, long[] a) {
        return vm.metrics().record((int) a[0], a[1]);
    }

    static long getMetric(Vm vm, long[] a) {
        Long value = vm.metrics().value((int) a[0]);
        if (value == null) {
            return Status.NOT_FOUND;
        }
        vm.guest().writeLong((int) a[1], value);
        return Status.OK;
    }

    // ---- foreign functions

    static long foreign(Vm vm, long[] a) {
        String name = vm.text((int) a[0], (int) a[1]);
        byte[] argument = vm.guest().read((int) a[2], (int) a[3]);
        byte[] result;
        switch (name) {
            case "clear_route_cache" -> {
                return StreamFunctions.clearRouteCache(vm, a);
            }
            case "compress" -> result = compress(argument);
            case "uncompress" -> result = uncompress(argument);
            case "declare_property" -> result = new byte[0]; // Properties that a plugin sets need no declaration.
            default -> {
                return Status.NOT_FOUND;
            }
        }
        if (result == null) {
            return Status.BAD_ARGUMENT;
        }
        vm.give(result, (int) a[4], (int) a[5]);
        return Status.OK;
    }

    private static byte[] compress(byte[] bytes) {
        Deflater deflater = new Deflater();
        try {
            deflater.setInput(bytes);
            deflater.finish();
            ByteBuf out = Unpooled.buffer();
            byte[] part = new byte[8192];
            while (!deflater.finished()) {
                out.writeBytes(part, 0, deflater.deflate(part));
            }
            return io.netty.buffer.ByteBufUtil.getBytes(out);
        } finally {
            deflater.end();
        }
    }

    private static byte @Nullable [] uncompress(byte[] bytes) {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(bytes);
            ByteBuf out = Unpooled.buffer();
            byte[] part = new byte[8192];
            while (!inflater.finished()) {
                int length = inflater.inflate(part);
                out.writeBytes(part, 0, length);
                if (length == 0 && (inflater.needsInput() || inflater.needsDictionary()) || out.readableBytes() > MAX_INFLATED) {
                    return null;
                }
            }
            return io.netty.buffer.ByteBufUtil.getBytes(out);
        } catch (DataFormatException _) {
            return null;
        } finally {
            inflater.end();
        }
    }
}
