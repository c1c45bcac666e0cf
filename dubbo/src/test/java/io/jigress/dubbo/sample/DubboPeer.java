package io.jigress.dubbo.sample;

import com.acme.CartService;
import com.acme.OrderService;
import com.acme.Shop;
import com.acme.StockService;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import org.apache.dubbo.common.utils.JsonUtils;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;
import org.apache.dubbo.metadata.definition.ServiceDefinitionBuilder;

/// The program of a Dubbo process: a provider, or a consumer that calls every method and prints what it and the provider got.
/// `provider [REGISTRY MODE]`: MODE is `interface`, `instance` or `all`, how it registers; `shop [REGISTRY MODE]` provides the services of
/// [Shop]; `consumer PORT`; `caller PORT`, which calls
/// a few methods and streams over Triple.
/// Lines on standard output that begin with `@` are for the test. It ends when its standard input does.
public final class DubboPeer {
    /// `dubbo` or `tri`.
    private static final String PROTOCOL = System.getProperty("peer.protocol", "dubbo");

    /// 127.0.0.1 as a number: Dubbo connects to another address of the machine where a URL has 127.0.0.1 or localhost.
    private static final String LOOPBACK = "2130706433";

    private DubboPeer() {}

    public static void main(String[] arguments) throws Exception {
        ApplicationConfig application = new ApplicationConfig("types-" + arguments[0]);
        application.setQosEnable(false);
        boolean registers = arguments.length > 2;
        RegistryConfig registry = new RegistryConfig(registers ? arguments[1] : "N/A");
        if (registers) {
            registry.setRegisterMode(arguments[2]);
            // Without the names of the methods: Nacos takes at most 1,024 characters of metadata.
            registry.setSimplified(arguments[1].startsWith("nacos:"));
            application.setRegisterMode(arguments[2]);
        }
        DubboBootstrap dubbo = DubboBootstrap.getInstance().application(application).registry(registry);
        switch (arguments[0]) {
            case "provider" -> provide(dubbo);
            case "shop" -> provideShop(dubbo);
            case "caller" -> call(dubbo, arguments[1]);
            default -> consume(dubbo, arguments[1]);
        }
        while (System.in.read() >= 0) {
            // Runs until the test closes standard input.
        }
        dubbo.stop();
        System.exit(0);
    }

    private static void provide(DubboBootstrap dubbo) throws IOException {
        ProtocolConfig protocol = protocol();
        dubbo.protocol(protocol).service(service(TypeService.class, TypeProvider.service(), "test"));
        if (PROTOCOL.equals("tri")) {
            dubbo.service(service(StreamService.class, new StreamProvider(), "test"));
        }
        dubbo.start();
        // The definition that a provider publishes in a metadata center.
        say("definition",
                JsonUtils.toJson(ServiceDefinitionBuilder.buildFullDefinition(TypeService.class, Map.of("side", "provider"))));
        say("port", protocol.getPort().toString());
    }

    private static void provideShop(DubboBootstrap dubbo) throws IOException {
        ProtocolConfig protocol = protocol();
        Shop shop = new Shop();
        dubbo.protocol(protocol).service(service(OrderService.class, shop, null))
                .service(service(CartService.class, shop.carts(), null)).service(service(StockService.class, shop, "shop"))
                .start();
        say("port", protocol.getPort().toString());
    }

    private static ProtocolConfig protocol() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            ProtocolConfig protocol = new ProtocolConfig(PROTOCOL, free.getLocalPort());
            protocol.setHost("127.0.0.1");
            return protocol;
        }
    }

    private static <T> ServiceConfig<T> service(Class<T> type, T implementation, String group) {
        ServiceConfig<T> service = new ServiceConfig<>();
        service.setInterface(type);
        service.setRef(implementation);
        service.setVersion("1.0.0");
        service.setGroup(group);
        return service;
    }

    private static void consume(DubboBootstrap dubbo, String port) {
        ReferenceConfig<TypeService> reference = reference(TypeService.class, port);
        dubbo.reference(reference).start();
        TypeService service = reference.get();
        Samples.values().forEach((name, value) -> {
            Method method = Arrays.stream(TypeService.class.getMethods()).filter(each -> each.getName().equals(name)).findFirst()
                    .orElseThrow(() -> new IllegalStateException(name));
            String got;
            String seen;
            try {
                Object result = method.invoke(service, value);
                got = Samples
                        .describe(result instanceof java.util.concurrent.CompletableFuture<?> future ? future.get() : result);
                seen = service.seen();
            } catch (ReflectiveOperationException | java.util.concurrent.ExecutionException | InterruptedException e) {
                got = "fails";
                seen = "fails";
            }
            say("case", name + "\t" + seen + "\t" + got);
        });
        say("end", "");
    }

    private static void call(DubboBootstrap dubbo, String port) throws Exception {
        ReferenceConfig<TypeService> types = reference(TypeService.class, port);
        ReferenceConfig<StreamService> streams = reference(StreamService.class, port);
        dubbo.reference(types).reference(streams).start();
        StreamCaller.results(types.get(), streams.get()).forEach(result -> say("result", result));
        say("end", "");
    }

    private static <T> ReferenceConfig<T> reference(Class<T> type, String port) {
        ReferenceConfig<T> reference = new ReferenceConfig<>();
        reference.setInterface(type);
        reference.setVersion("1.0.0");
        reference.setGroup("test");
        reference.setUrl(PROTOCOL + "://" + LOOPBACK + ":" + port);
        reference.setTimeout(10_000);
        reference.setRetries(0);
        return reference;
    }

    private static void say(String word, String text) {
        System.out.println("@" + word + " " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
    }
}
