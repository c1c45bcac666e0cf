package io.jigress.plugins.wasm.vm;

import io.jigress.plugins.load.CodeFault;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import run.endive.runtime.ExportFunction;
import run.endive.runtime.HostFunction;
import run.endive.runtime.ImportFunction;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.TableInstance;
import run.endive.runtime.WasmInterruptedException;
import run.endive.wasm.WasmEngineException;
import run.endive.wasm.types.ExternalType;
import run.endive.wasm.types.FunctionImport;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.Import;
import run.endive.wasm.types.MemoryLimits;
import run.endive.wasm.types.Table;
import run.endive.wasm.types.TableLimits;
import run.endive.wasm.types.ValType;

/// An instance of a module: its memory and its functions. One thread at a time; the watchdog reads and sets only the state.
///
/// The compiled code of a module checks at each jump backwards and at each call whether it shall stop; functions that are interpreted check whether their
/// thread is interrupted. The watchdog stops it and interrupts the thread only while the code of the module runs: never while a host function does, whose
/// I/O an interruption could break. The interruption is always taken back before control leaves this class.
public final class Guest implements AutoCloseable {
    private static final int PAGE = 64 * 1024;
    private static final int IDLE = 0;
    private static final int RUNNING = 1;
    private static final int HOST = 2;
    /// The watchdog is about to interrupt the thread.
    private static final int STOPPING = 3;
    private static final int STOPPED = 4;
    private static final VarHandle STATE;
    private static final VarHandle EPOCH;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            STATE = lookup.findVarHandle(Guest.class, "state", int.class);
            EPOCH = lookup.findVarHandle(Guest.class, "epoch", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Watchdog watchdog;
    private final Instance instance;
    private final GuestMemory memory;
    private final long[] single = new long[1];
    private final int deadlineTicks;
    private volatile int allowedTicks;
    private volatile int state;
    /// Counts calls from outside, so that the watchdog can tell one from another.
    private long epoch;
    private volatile Thread runner = Thread.currentThread();
    private int depth;
    /// Of the watchdog alone.
    private long seenEpoch;
    private int seenTicks;

    /// Instantiates a module, which runs its start function.
    ///
    /// @param startTicks how long it may run until [#started] is called
    private Guest(WasmCode code, ImportValues imports, List<Binding> bindings, MemoryLimits limits, GuestLimits allowed,
            int startTicks, Watchdog watchdog) {
        this.watchdog = watchdog;
        GuestMemory own = new GuestMemory(limits);
        memory = own;
        deadlineTicks = Watchdog.ticks(allowed.deadline());
        allowedTicks = startTicks;
        bindings.forEach(binding -> binding.guest = this);
        watchdog.add(this);
        boolean made = false;
        try {
            enter();
            Instance built = null;
            Throwable thrown = null;
            try {
                built = Instance.builder(code.module()).withImportValues(imports).withMachineFactory(code.machine())
                        .withMemoryFactory(_ -> own).withTableFactory(Guest::table).withMemoryLimits(limits)
                        .withStart(false).build();
            } catch (RuntimeException | StackOverflowError e) {
                thrown = e;
            }
            leave(thrown);
            if (built == null) {
                throw new Trap(Trap.Kind.TRAP, "no instance");
            }
            instance = built;
            made = true;
        } finally {
            if (!made) {
                watchdog.remove(this);
            }
        }
    }

    /// Makes an instance. Runs code of the module.
    ///
    /// @param start how long the module may run until [#started] is called
    /// @throws Trap when its start function does not return
    public static Guest instantiate(WasmCode code, HostCall.Linker linker, GuestLimits limits, java.time.Duration start,
            Watchdog watchdog) throws CodeFault {
        List<Binding> bindings = new ArrayList<>();
        ImportValues imports = ImportValues.builder().withFunctions(link(code, linker, bindings)).build();
        return new Guest(code, imports, bindings, memory(code, limits), limits, Watchdog.ticks(start), watchdog);
    }

    /// The limits of the memory: the module's own, but not more than is allowed.
    private static MemoryLimits memory(WasmCode code, GuestLimits limits) throws CodeFault {
        MemoryLimits own = code.memory();
        if (own.initialPages() > limits.memoryPages()) {
            throw new CodeFault("needs " + (long) own.initialPages() * PAGE + " bytes of memory to begin with, and may use "
                    + (long) limits.memoryPages() * PAGE);
        }
        return new MemoryLimits(own.initialPages(), Math.min(own.maximumPages(), limits.memoryPages()));
    }

    /// A table that does not grow beyond a limit.
    private static TableInstance table(Table table, int initial) {
        TableLimits own = table.limits();
        return new TableInstance(
                new Table(table.elementType(), new TableLimits(own.min(), Math.min(own.max(), Bytecode.MAX_TABLE))),
                initial);
    }

    private static List<ImportFunction> link(WasmCode code, HostCall.Linker linker, List<Binding> bindings) throws CodeFault {
        List<ImportFunction> linked = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (int i = 0; i < code.module().importSection().importCount(); i++) {
            Import wanted = code.module().importSection().getImport(i);
            if (!(wanted instanceof FunctionImport function) || wanted.importType() != ExternalType.FUNCTION) {
                unknown.add(wanted.module() + "." + wanted.name() + " (not a function)");
                continue;
            }
            FunctionType type = code.module().typeSection().getType(function.typeIndex());
            HostCall call = linker.find(wanted.module(), wanted.name());
            String signature = signature(type);
            if (call == null) {
                unknown.add(wanted.module() + "." + wanted.name());
            } else if (!call.signature().equals(signature)) {
                unknown.add(wanted.module() + "." + wanted.name() + " (as " + signature + "; it is " + call.signature() + ")");
            } else {
                Binding binding = new Binding(call.body(), !signature.endsWith(":"));
                bindings.add(binding);
                linked.add(new HostFunction(wanted.module(), wanted.name(), type, (_, args) -> binding.call(args)));
            }
        }
        if (!unknown.isEmpty()) {
            throw new CodeFault("imports what the gateway does not have: " + String.join(", ", unknown));
        }
        return linked;
    }

    private static String signature(FunctionType type) {
        StringBuilder text = new StringBuilder();
        type.params().forEach(param -> text.append(letter(param)));
        text.append(':');
        type.returns().forEach(result -> text.append(letter(result)));
        return text.toString();
    }

    private static char letter(ValType type) {
        if (type.equals(ValType.I32)) {
            return 'i';
        }
        if (type.equals(ValType.I64)) {
            return 'I';
        }
        if (type.equals(ValType.F32)) {
            return 'f';
        }
        return type.equals(ValType.F64) ? 'F' : '?';
    }

    /// An imported function, bound to an instance.
    private static final class Binding {
        private static final long[] NOTHING = {};

        private final HostCall.Body body;
        private final boolean returns;
        private @Nullable Guest guest;

        Binding(HostCall.Body body, boolean returns) {
            this.body = body;
            this.returns = returns;
        }

        long[] call(long[] args) {
            Guest owner = guest;
            if (owner == null) {
                throw new IllegalStateException("a function of an instance that does not exist yet");
            }
            long result = owner.host(body, args);
            if (!returns) {
                return NOTHING;
            }
            owner.single[0] = result;
            return owner.single;
        }
    }

    /// What a host function returns for a pointer that is not in the memory: the status of Proxy-Wasm, and nearly the one of WASI.
    private static final long INVALID_MEMORY_ACCESS = 6;

    private long host(HostCall.Body body, long[] args) {
        if (!STATE.compareAndSet(this, RUNNING, HOST)) {
            throw new Trap(Trap.Kind.DEADLINE, "interrupted"); // Replaced when control leaves the module.
        }
        long result;
        try {
            result = body.call(args);
        } catch (BadAddress _) {
            result = INVALID_MEMORY_ACCESS;
        } catch (IndexOutOfBoundsException e) {
            throw new IllegalStateException(e); // Not the module's mistake.
        }
        state = RUNNING;
        return result;
    }

    /// The start of the instance is over: from now on each call has the limit of calls.
    public void started() {
        allowedTicks = deadlineTicks;
    }

    /// A function that the module exports; null when there is none.
    public @Nullable ExportFunction function(String name) {
        return code(name) ? instance.export(name) : null;
    }

    private boolean code(String name) {
        for (int i = 0; i < instance.module().exportSection().exportCount(); i++) {
            var export = instance.module().exportSection().getExport(i);
            if (export.exportType() == ExternalType.FUNCTION && export.name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    /// Calls a function of the module; may be called by host functions.
    ///
    /// @return its result; 0 if it has none
    /// @throws Trap when it does not return
    public long call(ExportFunction function, long... args) {
        enter();
        long[] result = null;
        Throwable thrown = null;
        try {
            result = function.apply(args);
        } catch (RuntimeException | StackOverflowError e) {
            thrown = e;
        }
        leave(thrown);
        return result == null || result.length == 0 ? 0 : result[0];
    }

    private void enter() {
        if (depth++ == 0) {
            EPOCH.setOpaque(this, epoch + 1);
            Thread current = Thread.currentThread();
            if (runner != current) {
                runner = current;
            }
        }
        state = RUNNING;
    }

    private void leave(@Nullable Throwable thrown) {
        int next = --depth == 0 ? IDLE : HOST;
        boolean expired = false;
        if (!STATE.compareAndSet(this, RUNNING, next)) {
            while (state == STOPPING) {
                Thread.onSpinWait();
            }
            if (state == STOPPED) {
                Thread.interrupted();
                expired = true;
            }
            state = next;
        }
        if (expired || thrown instanceof WasmInterruptedException) {
            throw new Trap(Trap.Kind.DEADLINE, "ran longer than " + (long) allowedTicks * Watchdog.TICK.toMillis() + " ms");
        }
        if (thrown != null) {
            throw trap(thrown);
        }
    }

    private static Trap trap(Throwable thrown) {
        return switch (thrown) {
            case Trap trap -> trap;
            case StackOverflowError _ -> new Trap(Trap.Kind.TRAP, "call stack exhausted");
            case WasmEngineException e when e.getCause() instanceof Trap trap -> trap;
            case IndexOutOfBoundsException _ -> new Trap(Trap.Kind.TRAP, "out of bounds memory access");
            case WasmEngineException e -> new Trap(Trap.Kind.TRAP, String.valueOf(e.getMessage()));
            default -> new Trap(Trap.Kind.TRAP, thrown.toString());
        };
    }

    /// Of the watchdog: counts the time of the current call, and interrupts it when it has run too long.
    void tick() {
        long now = (long) EPOCH.getOpaque(this);
        if (state == IDLE || now != seenEpoch) {
            seenEpoch = now;
            seenTicks = 0;
            return;
        }
        if (++seenTicks < allowedTicks) {
            return;
        }
        // A module that is in a host function returns from it soon: the state is tried for a moment, and again at the next tick.
        for (int i = 0; i < 2000; i++) {
            if (STATE.compareAndSet(this, RUNNING, STOPPING)) {
                memory.stop();
                runner.interrupt();
                state = STOPPED;
                return;
            }
            if (state != HOST && state != RUNNING) {
                return;
            }
            Thread.onSpinWait();
        }
    }

    // ---- memory

    /// Bytes that the memory has now.
    public long memoryBytes() {
        return (long) memory.pages() * PAGE;
    }

    /// @throws BadAddress when a part is not in the memory
    public void check(int address, int length) {
        if (Integer.toUnsignedLong(address) + Integer.toUnsignedLong(length) > memoryBytes()) {
            throw new BadAddress(address, length);
        }
    }

    public byte[] read(int address, int length) {
        check(address, length);
        return length == 0 ? new byte[0] : memory.readBytes(address, length);
    }

    public void write(int address, byte[] bytes) {
        check(address, bytes.length);
        memory.write(address, bytes, 0, bytes.length);
    }

    public int readInt(int address) {
        check(address, Integer.BYTES);
        return memory.readInt(address);
    }

    public void writeInt(int address, int value) {
        check(address, Integer.BYTES);
        memory.writeI32(address, value);
    }

    public void writeLong(int address, long value) {
        check(address, Long.BYTES);
        memory.writeLong(address, value);
    }

    /// The instance is no longer used. It is not closed while it runs.
    @Override
    public void close() {
        watchdog.remove(this);
    }

    @Override
    public String toString() {
        return "guest with " + memoryBytes() + " bytes of memory, " + Arrays.toString(single);
    }
}
