package io.jigress.plugins.wasm.abi;

import io.jigress.plugins.wasm.vm.Guest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The functions of WASI that compilers link into plugins. There are no files and no sockets: only the clock, random numbers, the plugin's own
/// environment variables, and its two outputs, which go to its log.
final class WasiFunctions {
    private static final long SUCCESS = 0;
    private static final long BAD_FILE = 8;
    private static final long INVALID = 28;
    private static final long NOT_SUPPORTED = 52;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int MAX_VECTORS = 64;
    private static final int MAX_RANDOM = 64 * 1024;
    private static final int SUBSCRIPTION = 48;
    private static final int EVENT = 32;

    private WasiFunctions() {}

    static long argsSizes(Vm vm, long[] a) {
        vm.guest().writeInt((int) a[0], 0);
        vm.guest().writeInt((int) a[1], 0);
        return SUCCESS;
    }

    static long args(Vm vm, long[] a) {
        return SUCCESS;
    }

    private static List<byte[]> variables(Vm vm) {
        List<byte[]> all = new ArrayList<>();
        vm.facts().environment().forEach((name, value) -> all.add((name + "=" + value + "\0").getBytes(StandardCharsets.UTF_8)));
        return all;
    }

    static long environSizes(Vm vm, long[] a) {
        List<byte[]> all = variables(vm);
        vm.guest().writeInt((int) a[0], all.size());
        vm.guest().writeInt((int) a[1], all.stream().mapToInt(bytes -> bytes.length).sum());
        return SUCCESS;
    }

    static long environ(Vm vm, long[] a) {
        int pointerAt = (int) a[0];
        int at = (int) a[1];
        for (byte[] variable : variables(vm)) {
            vm.guest().writeInt(pointerAt, at);
            vm.guest().write(at, variable);
            pointerAt += Integer.BYTES;
            at += variable.length;
        }
        return SUCCESS;
    }

    static long clockTime(Vm vm, long[] a) {
        if (a[0] < 0 || a[0] > 3) {
            return INVALID;
        }
        // The wall clock, and a monotonic one for all others.
        vm.guest().writeLong((int) a[2], a[0] == 0 ? SystemFunctions.now(vm) : System.nanoTime());
        return SUCCESS;
    }

    static long clockResolution(Vm vm, long[] a) {
        vm.guest().writeLong((int) a[1], 1000);
        return SUCCESS;
    }

    static long random(Vm vm, long[] a) {
        int length = (int) a[1];
        if (length < 0 || length > MAX_RANDOM) {
            return INVALID;
        }
        byte[] bytes = new byte[length];
        vm.environment().random().nextBytes(bytes);
        vm.guest().write((int) a[0], bytes);
        return SUCCESS;
    }

    static long write(Vm vm, long[] a) {
        Guest guest = vm.guest();
        if (a[0] != STDOUT && a[0] != STDERR) {
            return BAD_FILE;
        }
        if (a[2] < 0 || a[2] > MAX_VECTORS) {
            return INVALID;
        }
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (int i = 0; i < a[2]; i++) {
            int vector = (int) a[1] + 8 * i;
            text.writeBytes(guest.read(guest.readInt(vector), guest.readInt(vector + 4)));
        }
        guest.writeInt((int) a[3], text.size());
        vm.log().line(a[0] == STDOUT ? 2 : 4, text.toString(StandardCharsets.UTF_8));
        return SUCCESS;
    }

    static long fileStatus(Vm vm, long[] a) {
        if (a[0] < 0 || a[0] > STDERR) {
            return BAD_FILE;
        }
        // A character device that can be written.
        byte[] status = new byte[24];
        status[0] = 2;
        status[8] = 0x40;
        vm.guest().write((int) a[1], status);
        return SUCCESS;
    }

    static long badFile(Vm vm, long[] a) {
        return BAD_FILE;
    }

    static long closeFile(Vm vm, long[] a) {
        return a[0] >= 0 && a[0] <= STDERR ? SUCCESS : BAD_FILE;
    }

    static long notSupported(Vm vm, long[] a) {
        return NOT_SUPPORTED;
    }

    /// Sleeps end at once: an event loop does not wait.
    static long poll(Vm vm, long[] a) {
        int count = (int) a[2];
        if (count < 1 || count > MAX_VECTORS) {
            return INVALID;
        }
        byte[] subscription = vm.guest().read((int) a[0], SUBSCRIPTION);
        byte[] event = new byte[EVENT];
        System.arraycopy(subscription, 0, event, 0, 8); // The subscriber's own data.
        event[10] = subscription[8]; // The kind of event.
        vm.guest().write((int) a[1], event);
        vm.guest().writeInt((int) a[3], 1);
        return SUCCESS;
    }

    static long yieldNow(Vm vm, long[] a) {
        return SUCCESS;
    }
}
