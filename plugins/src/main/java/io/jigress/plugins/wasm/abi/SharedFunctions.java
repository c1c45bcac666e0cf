package io.jigress.plugins.wasm.abi;

/// Host functions for shared data and queues.
final class SharedFunctions {
    private static final int MAX_KEY = 1024;

    private SharedFunctions() {}

    private static SharedStores.Store store(Vm vm, String vmId) {
        SharedStores.Store store = vm.environment().shared().store(vmId);
        if (store == null) {
            throw new IllegalStateException("too many VM ids share data");
        }
        return store;
    }

    static long getData(Vm vm, long[] a) {
        SharedStores.Value value = store(vm, vm.facts().vmId()).get(vm.text((int) a[0], (int) a[1]));
        if (value == null) {
            return Status.NOT_FOUND;
        }
        vm.give(value.bytes(), (int) a[2], (int) a[3]);
        vm.guest().writeInt((int) a[4], value.version());
        return Status.OK;
    }

    static long setData(Vm vm, long[] a) {
        String key = vm.text((int) a[0], (int) a[1]);
        if (key.length() > MAX_KEY) {
            return Status.BAD_ARGUMENT;
        }
        return switch (store(vm, vm.facts().vmId()).set(key, vm.guest().read((int) a[2], (int) a[3]), (int) a[4])) {
            case DONE -> Status.OK;
            case VERSION_MISMATCH -> Status.CAS_MISMATCH;
            case FULL -> Status.INTERNAL_FAILURE;
        };
    }

    static long registerQueue(Vm vm, long[] a) {
        SharedStores.Queue queue = store(vm, vm.facts().vmId()).register(vm.text((int) a[0], (int) a[1]));
        if (queue == null) {
            return Status.INTERNAL_FAILURE;
        }
        vm.queues().register(queue);
        vm.guest().writeInt((int) a[2], queue.token());
        return Status.OK;
    }

    static long resolveQueue(Vm vm, long[] a) {
        String vmId = vm.text((int) a[0], (int) a[1]);
        SharedStores.Queue queue = store(vm, vmId.isEmpty() ? vm.facts().vmId() : vmId).resolve(vm.text((int) a[2], (int) a[3]));
        if (queue == null) {
            return Status.NOT_FOUND;
        }
        vm.guest().writeInt((int) a[4], queue.token());
        return Status.OK;
    }

    static long enqueue(Vm vm, long[] a) {
        SharedStores.Queue queue = vm.environment().shared().queue((int) a[0]);
        if (queue == null) {
            return Status.NOT_FOUND;
        }
        return queue.add(vm.guest().read((int) a[1], (int) a[2])) ? Status.OK : Status.INTERNAL_FAILURE;
    }

    static long dequeue(Vm vm, long[] a) {
        SharedStores.Queue queue = vm.environment().shared().queue((int) a[0]);
        if (queue == null) {
            return Status.NOT_FOUND;
        }
        byte[] item = queue.poll();
        if (item == null) {
            return Status.EMPTY;
        }
        vm.give(item, (int) a[1], (int) a[2]);
        return Status.OK;
    }
}
