package io.jigress.plugins.wasm.abi;

import io.jigress.plugins.wasm.vm.HostCall;
import io.jigress.plugins.wasm.vm.Trap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// All functions that plugins may import, with their types.
public final class HostFunctions {
    private static final String ENV = "env";
    private static final String WASI = "wasi_snapshot_preview1";
    /// The name that WASI had before its first version.
    private static final String WASI_BEFORE = "wasi_unstable";
    private static final Map<String, Function> PROXY = new TreeMap<>();
    private static final Map<String, Function> SYSTEM = new TreeMap<>();

    private interface Body {
        long call(Vm vm, long[] args);
    }

    private record Function(String signature, Body body) {}

    private HostFunctions() {}

    static {
        proxy("proxy_log", "iii:i", SystemFunctions::log);
        proxy("proxy_get_log_level", "i:i", SystemFunctions::logLevel);
        proxy("proxy_get_current_time_nanoseconds", "i:i", SystemFunctions::time);
        proxy("proxy_set_tick_period_milliseconds", "i:i", SystemFunctions::tickPeriod);
        proxy("proxy_get_configuration", "ii:i", SystemFunctions::configuration);
        proxy("proxy_get_status", "iii:i", CallFunctions::status);
        proxy("proxy_get_property", "iiii:i", SystemFunctions::getProperty);
        proxy("proxy_set_property", "iiii:i", SystemFunctions::setProperty);
        proxy("proxy_set_effective_context", "i:i", SystemFunctions::effectiveContext);
        proxy("proxy_done", ":i", SystemFunctions::done);
        proxy("proxy_call_foreign_function", "iiiiii:i", SystemFunctions::foreign);

        proxy("proxy_continue_stream", "i:i", StreamFunctions::continueStream);
        proxy("proxy_continue_request", ":i", StreamFunctions::continueRequest);
        proxy("proxy_continue_response", ":i", StreamFunctions::continueResponse);
        proxy("proxy_close_stream", "i:i", StreamFunctions::closeStream);
        proxy("proxy_clear_route_cache", ":i", StreamFunctions::clearRouteCache);
        proxy("proxy_send_local_response", "iiiiiiii:i", StreamFunctions::sendLocalResponse);

        proxy("proxy_get_header_map_value", "iiiii:i", HeaderFunctions::getValue);
        proxy("proxy_add_header_map_value", "iiiii:i", HeaderFunctions::add);
        proxy("proxy_replace_header_map_value", "iiiii:i", HeaderFunctions::replace);
        proxy("proxy_remove_header_map_value", "iii:i", HeaderFunctions::remove);
        proxy("proxy_get_header_map_pairs", "iii:i", HeaderFunctions::getPairs);
        proxy("proxy_set_header_map_pairs", "iii:i", HeaderFunctions::setPairs);
        proxy("proxy_get_header_map_size", "ii:i", HeaderFunctions::getSize);

        proxy("proxy_get_buffer_bytes", "iiiii:i", BufferFunctions::getBytes);
        proxy("proxy_get_buffer_status", "iii:i", BufferFunctions::status);
        proxy("proxy_set_buffer_bytes", "iiiii:i", BufferFunctions::setBytes);

        proxy("proxy_http_call", "iiiiiiiiii:i", CallFunctions::httpCall);
        proxy("proxy_grpc_call", "iiiiiiiiiiii:i", CallFunctions::grpcCall);
        proxy("proxy_grpc_stream", "iiiiiiiii:i", CallFunctions::grpcStream);
        proxy("proxy_grpc_send", "iiii:i", CallFunctions::grpcSend);
        proxy("proxy_grpc_close", "i:i", CallFunctions::grpcClose);
        proxy("proxy_grpc_cancel", "i:i", CallFunctions::grpcCancel);

        proxy("proxy_get_shared_data", "iiiii:i", SharedFunctions::getData);
        proxy("proxy_set_shared_data", "iiiii:i", SharedFunctions::setData);
        proxy("proxy_register_shared_queue", "iii:i", SharedFunctions::registerQueue);
        proxy("proxy_resolve_shared_queue", "iiiii:i", SharedFunctions::resolveQueue);
        proxy("proxy_enqueue_shared_queue", "iii:i", SharedFunctions::enqueue);
        proxy("proxy_dequeue_shared_queue", "iii:i", SharedFunctions::dequeue);

        proxy("proxy_define_metric", "iiii:i", SystemFunctions::defineMetric);
        proxy("proxy_increment_metric", "iI:i", SystemFunctions::incrementMetric);
        proxy("proxy_record_metric", "iI:i", SystemFunctions::recordMetric);
        proxy("proxy_get_metric", "ii:i", SystemFunctions::getMetric);

        proxy("proxy_redis_init", "iiiiiii:i", HigressFunctions::redisInit);
        proxy("proxy_redis_call", "iiiii:i", HigressFunctions::redisCall);
        proxy("proxy_get_upstream_hosts", "ii:i", HigressFunctions::upstreamHosts);
        proxy("proxy_set_upstream_override_host", "ii:i", HigressFunctions::overrideHost);
        proxy("proxy_inject_encoded_data_to_filter_chain", "iii:i", HigressFunctions::inject);

        // What compilers import beside it.
        proxy("emscripten_notify_memory_growth", "i:", WasiFunctions::yieldNow);
        proxy("abort", "iiii:", (_, _) -> {
            throw new Trap(Trap.Kind.EXIT, "the plugin has aborted");
        });

        system("args_get", "ii:i", WasiFunctions::args);
        system("args_sizes_get", "ii:i", WasiFunctions::argsSizes);
        system("environ_get", "ii:i", WasiFunctions::environ);
        system("environ_sizes_get", "ii:i", WasiFunctions::environSizes);
        system("clock_time_get", "iIi:i", WasiFunctions::clockTime);
        system("clock_res_get", "ii:i", WasiFunctions::clockResolution);
        system("random_get", "ii:i", WasiFunctions::random);
        system("fd_write", "iiii:i", WasiFunctions::write);
        system("fd_read", "iiii:i", WasiFunctions::badFile);
        system("fd_pread", "iiiIi:i", WasiFunctions::badFile);
        system("fd_pwrite", "iiiIi:i", WasiFunctions::badFile);
        system("fd_seek", "iIii:i", WasiFunctions::badFile);
        system("fd_tell", "ii:i", WasiFunctions::badFile);
        system("fd_close", "i:i", WasiFunctions::closeFile);
        system("fd_sync", "i:i", WasiFunctions::badFile);
        system("fd_fdstat_get", "ii:i", WasiFunctions::fileStatus);
        system("fd_fdstat_set_flags", "ii:i", WasiFunctions::badFile);
        system("fd_filestat_get", "ii:i", WasiFunctions::badFile);
        system("fd_filestat_set_size", "iI:i", WasiFunctions::badFile);
        system("fd_prestat_get", "ii:i", WasiFunctions::badFile);
        system("fd_prestat_dir_name", "iii:i", WasiFunctions::badFile);
        system("fd_readdir", "iiiIi:i", WasiFunctions::badFile);
        system("fd_renumber", "ii:i", WasiFunctions::badFile);
        system("path_open", "iiiiiIIii:i", WasiFunctions::notSupported);
        system("path_filestat_get", "iiiii:i", WasiFunctions::notSupported);
        system("path_filestat_set_times", "iiiiIIi:i", WasiFunctions::notSupported);
        system("path_create_directory", "iii:i", WasiFunctions::notSupported);
        system("path_link", "iiiiiii:i", WasiFunctions::notSupported);
        system("path_readlink", "iiiiii:i", WasiFunctions::notSupported);
        system("path_remove_directory", "iii:i", WasiFunctions::notSupported);
        system("path_rename", "iiiiii:i", WasiFunctions::notSupported);
        system("path_symlink", "iiiii:i", WasiFunctions::notSupported);
        system("path_unlink_file", "iii:i", WasiFunctions::notSupported);
        system("sock_accept", "iii:i", WasiFunctions::notSupported);
        system("sock_recv", "iiiiii:i", WasiFunctions::notSupported);
        system("sock_send", "iiiii:i", WasiFunctions::notSupported);
        system("sock_shutdown", "ii:i", WasiFunctions::notSupported);
        system("poll_oneoff", "iiii:i", WasiFunctions::poll);
        system("sched_yield", ":i", WasiFunctions::yieldNow);
        system("proc_exit", "i:", (_, args) -> {
            throw new Trap(Trap.Kind.EXIT, "the plugin has called exit(" + (int) args[0] + ")");
        });
    }

    private static void proxy(String name, String signature, Body body) {
        PROXY.put(name, new Function(signature, body));
    }

    private static void system(String name, String signature, Body body) {
        SYSTEM.put(name, new Function(signature, body));
    }

    static @Nullable HostCall find(Vm vm, String module, String name) {
        Function found = switch (module) {
            case ENV -> PROXY.get(name);
            case WASI, WASI_BEFORE -> SYSTEM.get(name);
            default -> null;
        };
        return found == null ? null : new HostCall(found.signature, args -> found.body.call(vm, args));
    }

    /// The functions of Proxy-Wasm that there are, in order of their names.
    public static Set<String> names() {
        Set<String> names = new TreeSet<>(PROXY.keySet());
        names.removeIf(name -> !name.startsWith("proxy_"));
        return names;
    }

    /// Parameters and result of a function of Proxy-Wasm, as [HostCall] writes them.
    public static String signature(String name) {
        Function found = PROXY.get(name);
        return found == null ? "" : found.signature;
    }
}
