package io.jigress.app.admin;

import io.jigress.app.translate.DubboMappings;

import io.jigress.admin.AdminEndpoint;
import io.jigress.admin.AdminReply;
import io.jigress.admin.AdminRequest;
import io.jigress.admin.AdminServer;
import io.jigress.admin.ConfigEndpoints;
import io.jigress.admin.HealthEndpoints;
import io.jigress.admin.HealthEndpoints.Readiness;
import io.jigress.admin.HostCheck;
import io.jigress.api.Json;
import io.jigress.api.NearestName;
import io.jigress.app.explain.Question;
import io.jigress.app.explain.StreamQuestion;
import io.jigress.app.log.ProgramLog;
import io.jigress.app.log.Subsystem;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.KnownSettings.LogLevel;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting;
import io.jigress.app.settings.Settings;
import io.jigress.app.settings.SettingsText;
import io.jigress.app.sources.Places;
import io.jigress.control.Reconciler.Live;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/// The admin port and the health port of one gateway, with their endpoints.
public final class AdminPort implements AutoCloseable {

    /// The data of the endpoints; each supplier is called at any time on the port's thread.
    public record Facts(Supplier<Readiness> readiness, Supplier<Live> live, Places places, Function<Question, Json> explain,
            Function<StreamQuestion, Json> explainStream,
            Supplier<Json> memory, Supplier<Json> registries, DubboMappings dubbo, MarketView plugins,
            Supplier<Json> unhealthy, Supplier<Iterator<String>> metrics) {}

    private final List<AdminServer> servers;
    private final Optional<InetSocketAddress> address;

    private AdminPort(List<AdminServer> servers, Optional<InetSocketAddress> address) {
        this.servers = servers;
        this.address = address;
    }

    public static AdminPort start(Settings settings, Facts facts) throws CannotStart {
        List<AdminServer> servers = new ArrayList<>();
        List<AdminEndpoint> health = HealthEndpoints.of(facts.readiness, facts.metrics);
        try {
            ListenAddress admin = settings.value(KnownSettings.ADMIN_ADDRESS);
            Optional<InetSocketAddress> address = Optional.empty();
            if (!admin.isOff()) {
                List<AdminEndpoint> all = new ArrayList<>(health);
                all.addAll(endpoints(settings, facts));
                AdminServer server = listen("admin", KnownSettings.ADMIN_ADDRESS, settings,
                        HostCheck.of(settings.value(KnownSettings.ADMIN_HOSTS)), all);
                servers.add(server);
                address = Optional.of(server.address());
            }
            if (!settings.value(KnownSettings.HEALTH_ADDRESS).isOff()) {
                servers.add(listen("health", KnownSettings.HEALTH_ADDRESS, settings, HostCheck.any(), health));
            }
            return new AdminPort(servers, address);
        } catch (CannotStart e) {
            servers.forEach(AdminServer::close);
            throw e;
        }
    }

    private static AdminServer listen(String name, Setting<ListenAddress> setting, Settings settings, HostCheck hosts,
            List<AdminEndpoint> endpoints)
            throws CannotStart {
        ListenAddress address = settings.value(setting);
        try {
            return AdminServer.start(name, address.socket(), hosts, endpoints);
        } catch (IOException e) {
            throw new CannotStart(setting.name() + ": cannot listen on " + address + ": " + e.getMessage()
                    + " (another address: --set " + setting.name()
                    + "=127.0.0.1:PORT)");
        }
    }

    private static List<AdminEndpoint> endpoints(Settings settings, Facts facts) {
        List<AdminEndpoint> endpoints = new ArrayList<>(ConfigEndpoints.of(facts.live, facts.places::line));
        endpoints.add(AdminEndpoint.get("/explain",
                "how a request would be routed, and why: ?url=http://shop.example/cart&method=GET&header=x-user:7; or a connection: ?protocol=tls&address=:8443&sni=db.example",
                Set.of("url", "method", "header", "protocol", "address", "sni"), request -> explain(request, facts)));
        endpoints.add(
                AdminEndpoint.get("/memory", "memory in use", Set.of(), _ -> AdminReply.json(facts.memory.get())));
        endpoints.add(AdminEndpoint.get("/endpoints", "endpoints that are ejected, probed or failing", Set.of(),
                _ -> AdminReply.json(facts.unhealthy.get())));
        endpoints.add(AdminEndpoint.get("/registries", "the service registries, and the services that are followed", Set.of(),
                _ -> AdminReply.json(facts.registries.get())));
        endpoints.add(AdminEndpoint.get("/dubbo", "the Dubbo services: which requests become which calls", Set.of(),
                _ -> AdminReply.json(facts.dubbo.json())));
        endpoints.add(AdminEndpoint.get("/dubbo/openapi", "the OpenAPI document of a Dubbo service: ?name=default/orders",
                Set.of("name"), request -> openApi(request, facts)));
        endpoints.add(AdminEndpoint.get("/plugins", "the plugins that indexes list; all about one: ?name=cors", Set.of("name"),
                request -> plugins(request.text("name", ""), facts.plugins)));
        endpoints.add(AdminEndpoint.get("/settings", "every setting, its value, and where it comes from", Set.of(),
                _ -> AdminReply.json(SettingsText.json(settings))));
        endpoints.add(AdminEndpoint.get("/log-level", "the level of the program's log", Set.of("logger"),
                request -> AdminReply.json(ProgramLog.json(request.text("logger", "")))));
        endpoints.add(new AdminEndpoint(AdminEndpoint.Method.PUT, "/log-level",
                "changes it: ?level=debug, for one part with &logger=upstream",
                Set.of("logger", "level"), AdminPort::setLogLevel));
        return endpoints;
    }

    private static AdminReply openApi(AdminRequest request, Facts facts) {
        String name = request.text("name", "");
        Json document = facts.dubbo.openApi(name);
        return document == null
                ? AdminReply.error(404, "there is no valid DubboService or Http2Rpc \"" + name + "\" (expected: namespace/name)")
                : AdminReply.json(document);
    }

    private static AdminReply plugins(String name, MarketView plugins) {
        if (name.isEmpty()) {
            return AdminReply.json(plugins.list());
        }
        Json plugin = plugins.plugin(name);
        return plugin == null ? AdminReply.error(404, plugins.unknown(name)) : AdminReply.json(plugin);
    }

    private static AdminReply explain(AdminRequest request, Facts facts) {
        String protocol = request.text("protocol", "");
        if (!protocol.isEmpty()) {
            StreamQuestion.Read stream = StreamQuestion.read(protocol, request.text("address", ""), request.text("sni", ""));
            return stream.fault() == null
                    ? AdminReply.json(facts.explainStream.apply(stream.question()))
                    : AdminReply.error(400, stream.fault());
        }
        Question.Read read = Question.read(request.text("method", "GET"), request.text("url", ""), request.all("header"));
        return read.fault() == null ? AdminReply.json(facts.explain.apply(read.question())) : AdminReply.error(400, read.fault());
    }

    private static AdminReply setLogLevel(AdminRequest request) {
        String logger = request.text("logger", "");
        String word = request.text("level", "");
        Optional<LogLevel> level = ProgramLog.parse(word);
        if (level.isEmpty()) {
            return AdminReply.error(400, "level is \"" + word + "\" (expected: off, error, warn, info, debug or trace)");
        }
        if (!logger.isEmpty() && logger.indexOf('.') < 0 && Subsystem.labelled(logger).isEmpty()) {
            List<String> labels = Arrays.stream(Subsystem.values()).map(Subsystem::label).toList();
            return AdminReply.error(400, "logger is \"" + logger + "\"" + NearestName.hint(logger, labels) + " (expected: one of "
                    + String.join(", ", labels) + ", or the name of a Java package)");
        }
        ProgramLog.level(logger, level.get());
        return AdminReply.json(ProgramLog.json(logger));
    }

    /// The address of the admin port; empty when it is off.
    public Optional<InetSocketAddress> address() {
        return address;
    }

    @Override
    public void close() {
        servers.forEach(AdminServer::close);
    }
}
