package io.jigress.dubbo.sample;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.RpcException;

/// The implementation of the provider: it remembers its arguments.
final class TypeProvider implements InvocationHandler {
    private volatile String seen = "";

    static TypeService service() {
        return (TypeService) Proxy.newProxyInstance(TypeService.class.getClassLoader(), new Class<?>[] {TypeService.class},
                new TypeProvider());
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        return switch (method.getName()) {
            case "seen" -> seen;
            case "hashCode" -> System.identityHashCode(proxy);
            case "equals" -> proxy == arguments[0];
            case "toString" -> "types";
            case "overloaded" -> method.getParameterTypes()[0].getName() + " " + arguments[0];
            case "two" -> arguments[0] + " " + arguments[1];
            case "fails" -> throw failure((String) arguments[0]);
            case "attachment" -> {
                RpcContext.getServerContext().setAttachment("answer", "attached");
                yield RpcContext.getServerAttachment().getAttachment((String) arguments[0]);
            }
            case "sleeps" -> {
                Thread.sleep((long) arguments[0]);
                yield "slept";
            }
            case "large" -> "x".repeat((int) arguments[0]);
            case "future" -> {
                seen = Samples.describe(arguments[0]);
                if (arguments[0].equals("fails")) {
                    yield CompletableFuture.failedFuture(new OutOfStock("none left", "a-2", 1));
                }
                yield CompletableFuture.supplyAsync(() -> arguments[0]);
            }
            case "nothing" -> {
                seen = Samples.describe(arguments[0]);
                yield null;
            }
            default -> {
                seen = Samples.describe(arguments[0]);
                yield arguments[0];
            }
        };
    }

    private static Throwable failure(String how) {
        return switch (how) {
            case "declared" -> new OutOfStock("none left", "a-1", 0);
            case "runtime" -> new IllegalStateException("a secret of the provider");
            case "timeout" -> new RpcException(RpcException.TIMEOUT_EXCEPTION, "too slow");
            case "forbidden" -> new RpcException(RpcException.FORBIDDEN_EXCEPTION, "not you");
            case "network" -> new RpcException(RpcException.NETWORK_EXCEPTION, "no network");
            case "provider" -> new RpcException(RpcException.NO_INVOKER_AVAILABLE_AFTER_FILTER, "nobody");
            case "unknown" -> new RpcException(RpcException.UNKNOWN_EXCEPTION, "who knows");
            case "limit" -> new RpcException(RpcException.LIMIT_EXCEEDED_EXCEPTION, "too many");
            default -> new IllegalArgumentException(how);
        };
    }
}
