package io.jigress.app.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The room table of ARCHITECTURE.md: the permitted dependencies between rooms, and the libraries of each room.
class RoomsTest {
    private static final JavaClasses JIGRESS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("io/jigress/dubbo/sample/"))
            .importPackages("io.jigress");

    private static final String JSPECIFY = "org.jspecify..";
    private static final String SLF4J = "org.slf4j..";
    private static final String NETTY = "io.netty..";
    private static final String[] JDK = {"java..", "javax..", "jdk.jfr..", "com.sun.management..", "jdk.management.."};
    private static final String[] JSON_LIBRARY = {"tools.jackson..", "com.fasterxml.jackson.annotation.."};
    private static final String YAML_LIBRARY = "org.snakeyaml.engine..";
    private static final String KUBERNETES_CLIENT = "io.fabric8..";
    private static final String SENTINEL_LIBRARY = "com.alibaba.csp.sentinel..";
    private static final String NACOS_LIBRARY = "com.alibaba.nacos..";
    private static final String[] ZOOKEEPER_LIBRARY = {"org.apache.curator..", "org.apache.zookeeper.."};

    /// Netty's buffers, and the types in their signatures.
    private static final DescribedPredicate<JavaClass> BUFFERS = describe("netty-buffer",
            type -> type.getPackageName().equals("io.netty.buffer")
                    || Set.of("io.netty.util.ReferenceCounted", "io.netty.util.ByteProcessor").contains(element(type).getName()));

    /// The types of `api` that `config` and the rooms that depend on it may use: JSON, names of headers, and the phases of filters.
    private static final DescribedPredicate<JavaClass> API_VOCABULARY = describe("api's Json, names and FilterPhase",
            type -> type.getPackageName().equals("io.jigress.api")
                    && outermost(type).matches("Json\\w*|Durations|HeaderName|IpLiteral|FilterPhase|NearestName"));

    /// The classes of java.net that are values and need no network.
    private static final Set<String> ADDRESSES = Set.of(
            "java.net.InetAddress", "java.net.Inet4Address", "java.net.Inet6Address", "java.net.URI",
            "java.net.URISyntaxException");
    private static final Set<String> NAME_LOOKUPS = Set.of(
            "getByName", "getAllByName", "getLocalHost", "getHostName", "getCanonicalHostName", "isReachable");

    /// The dependencies that each room may have besides the JDK. `app` and `bench` may depend on everything.
    private static final Map<String, DescribedPredicate<JavaClass>> MAY_SEE = Map.ofEntries(
            entry("api", packages(JSPECIFY).or(BUFFERS)),
            entry("config", packages(JSPECIFY).or(API_VOCABULARY)),
            entry("testkit",
                    packages(JSPECIFY, NETTY, "org.junit..", "org.assertj..", "org.opentest4j..", "io.grpc..",
                            "com.sun.net.httpserver..")
                            .or(rooms("api"))),
            entry("proxy", packages(JSPECIFY, SLF4J, NETTY, "com.google.re2j..").or(rooms("api", "config"))),
            entry("filters", packages(JSPECIFY).or(BUFFERS).or(rooms("api"))),
            entry("dubbo", packages(JSPECIFY).or(BUFFERS).or(rooms("api"))),
            entry("plugins",
                    packages(JSPECIFY, SLF4J, "com.google.protobuf..", "com.google.re2j..", "com.google.rpc..", "io.envoyproxy..",
                            "run.endive..")
                            .or(BUFFERS)
                            .or(rooms("api"))),
            entry("waf", packages(JSPECIFY, "com.maxmind.db..").or(BUFFERS).or(rooms("api"))),
            entry("sentinel", packages(JSPECIFY, SLF4J, SENTINEL_LIBRARY, "com.google.re2j..").or(BUFFERS).or(rooms("api"))),
            entry("grpcjson", packages(JSPECIFY, "com.google.protobuf..").or(BUFFERS).or(rooms("api"))),
            entry("control", packages(JSPECIFY, SLF4J).or(packages(JSON_LIBRARY)).or(rooms("config")).or(API_VOCABULARY)),
            entry("sources",
                    packages(JSPECIFY, SLF4J, YAML_LIBRARY, NACOS_LIBRARY, KUBERNETES_CLIENT).or(packages(ZOOKEEPER_LIBRARY))
                            .or(packages(JSON_LIBRARY))
                            .or(rooms("control", "config"))
                            .or(API_VOCABULARY)),
            entry("admin", packages(JSPECIFY, SLF4J, NETTY).or(rooms("control", "config")).or(API_VOCABULARY)));

    /// The packages of `proxy` from the lowest to the highest. Those of one line are independent of each other; the last line is the
    /// package of the room itself.
    private static final List<List<String>> PROXY_LAYERS = List.of(List.of("http"), List.of("telemetry"),
            List.of("loop", "proxyprotocol"),
            List.of("tls"), List.of("route"), List.of("upstream"), List.of("compile"), List.of("exchange"),
            List.of("http1", "http2", "stream"), List.of("datagram"), List.of("call"), List.of("listen"), List.of(""));

    @TestFactory
    Stream<DynamicTest> aRoomSeesOnlyWhatTheTableAllows() {
        return MAY_SEE.keySet().stream().sorted().map(room -> DynamicTest.dynamicTest(room, () -> hold(
                classes().that().resideInAPackage("io.jigress." + room + "..")
                        .should().onlyDependOnClassesThat(packages(JDK).or(rooms(room)).or(MAY_SEE.get(room))))));
    }

    @Test
    void everyClassHasARoom() {
        assertThat(JIGRESS.stream().filter(type -> !MAY_SEE.containsKey(roomOf(type)) && !roomOf(type).equals("app")))
                .as("classes outside of app and %s", MAY_SEE.keySet())
                .isEmpty();
    }

    @Test
    void roomsFormNoCycle() {
        hold(slices().matching("io.jigress.(*)..").should().beFreeOfCycles());
    }

    @Test
    void filtersAreStrangersToEachOther() {
        hold(slices().matching("io.jigress.filters.(*)..").should().notDependOnEachOther());
    }

    @Test
    void hostsOfPluginsAreStrangersToEachOther() {
        // Except the fetching of code, which depends on none of them.
        hold(slices().matching("io.jigress.plugins.(*)..").should().notDependOnEachOther()
                .ignoreDependency(DescribedPredicate.alwaysTrue(), resideInAPackage("io.jigress.plugins.load..")));
        hold(noClasses().that().resideInAPackage("io.jigress.plugins.load..")
                .should().dependOnClassesThat(resideInAnyPackage("io.jigress.plugins.*..")
                        .and(DescribedPredicate.not(resideInAPackage("io.jigress.plugins.load..")))));
    }

    @Test
    void onlyTheListOfFiltersKnowsThemAll() {
        hold(noClasses().that().resideInAPackage("io.jigress.filters..").and().doNotHaveSimpleName("BuiltinFilters")
                .should().dependOnClassesThat().haveFullyQualifiedName("io.jigress.filters.BuiltinFilters"));
        hold(noClasses().that().resideInAPackage("io.jigress.filters")
                .and(describe("are not in the list's file", type -> !outermost(type).equals("BuiltinFilters")))
                .should().dependOnClassesThat().resideInAPackage("io.jigress.filters.*.."));
    }

    @Test
    void theLibraryOfSentinelStaysInItsRoom() {
        hold(noClasses().that().resideOutsideOfPackage("io.jigress.sentinel..")
                .should().dependOnClassesThat().resideInAPackage(SENTINEL_LIBRARY));
        hold(noClasses().that().resideInAPackage("io.jigress.sentinel..")
                .should().dependOnClassesThat()
                .haveNameMatching("com\\.alibaba\\.csp\\.sentinel\\.(CtSph|Env|SphU|SphO|log\\.LogBase"
                        + "|slots\\.system\\.SystemRuleManager|slots\\.block\\.flow\\.FlowRuleManager|slots\\.logger\\..*)")
                .because("they write files and start threads"));
    }

    @Test
    void theEngineOfTheWafDoesNotKnowTheGateway() {
        hold(noClasses().that().resideInAPackage("io.jigress.waf..").and().resideOutsideOfPackage("io.jigress.waf.filter..")
                .should().dependOnClassesThat(rooms("api").or(packages(NETTY)).or(packages("io.jigress.waf.filter.."))));
    }

    @Test
    void sourcesAreStrangersToEachOther() {
        // Except the contract of registry clients and the parsing of texts, which depend on none of them.
        hold(slices().matching("io.jigress.sources.(*)..").should().notDependOnEachOther()
                .ignoreDependency(DescribedPredicate.alwaysTrue(),
                        resideInAnyPackage("io.jigress.sources.registry", "io.jigress.sources.manifest")));
        hold(noClasses().that().resideInAPackage("io.jigress.sources.registry..")
                .should().dependOnClassesThat(resideInAnyPackage("io.jigress.sources..")
                        .and(DescribedPredicate.not(resideInAnyPackage("io.jigress.sources.registry..")))));
        hold(noClasses().that().resideInAPackage("io.jigress.sources.manifest..")
                .should().dependOnClassesThat(resideInAnyPackage("io.jigress.sources..")
                        .and(DescribedPredicate.not(resideInAnyPackage("io.jigress.sources.manifest..")))));
    }

    @Test
    void aRegistrysLibraryStaysInItsPackage() {
        hold(noClasses().that().resideOutsideOfPackage("io.jigress.sources.nacos..")
                .should().dependOnClassesThat().resideInAPackage(NACOS_LIBRARY));
        hold(noClasses().that().resideOutsideOfPackage("io.jigress.sources.zookeeper..")
                .should().dependOnClassesThat().resideInAnyPackage(ZOOKEEPER_LIBRARY));
    }

    @Test
    void onlyTheKubernetesSourceKnowsTheKubernetesClient() {
        hold(noClasses().that().resideOutsideOfPackage("io.jigress.sources.kubernetes..")
                .should().dependOnClassesThat().resideInAPackage(KUBERNETES_CLIENT));
    }

    @Test
    void whatStandsAboveTheCodecsDoesNotKnowTheHttpVersion() {
        hold(noClasses().that().resideInAnyPackage("io.jigress.proxy.exchange..", "io.jigress.proxy.route..",
                "io.jigress.proxy.compile..", "io.jigress.proxy.telemetry..", "io.jigress.proxy.http..")
                .should().dependOnClassesThat().resideInAPackage("io.jigress.proxy.http1.."));
    }

    @TestFactory
    Stream<DynamicTest> aPackageOfProxyDependsOnlyOnLowerOnes() {
        return PROXY_LAYERS.stream().flatMap(List::stream).map(name -> DynamicTest.dynamicTest(proxyPackage(name), () -> hold(
                noClasses().that().resideInAPackage(proxyPackage(name))
                        .should().dependOnClassesThat().resideInAnyPackage(notBelow(name)))));
    }

    @Test
    void everyPackageOfProxyHasALayer() {
        assertThat(JIGRESS.stream().filter(type -> roomOf(type).equals("proxy")).map(JavaClass::getPackageName).distinct())
                .isSubsetOf(PROXY_LAYERS.stream().flatMap(List::stream).map(RoomsTest::proxyPackage).toList());
    }

    /// The packages that a package of `proxy` must not depend on: those above it, and the others of its own layer.
    private static String[] notBelow(String name) {
        return PROXY_LAYERS.stream().dropWhile(layer -> !layer.contains(name)).flatMap(List::stream)
                .filter(other -> !other.equals(name)).map(RoomsTest::proxyPackage).toArray(String[]::new);
    }

    private static String proxyPackage(String name) {
        return name.isEmpty() ? "io.jigress.proxy" : "io.jigress.proxy." + name;
    }

    @Test
    void controlDoesNoInput() {
        hold(noClasses().that().resideInAPackage("io.jigress.control..")
                .should().dependOnClassesThat(describe("do I/O", RoomsTest::doesInput)));
    }

    @Test
    void controlAsksNoNameServer() {
        hold(noClasses().that().resideInAPackage("io.jigress.control..")
                .should().accessTargetWhere(describe("a name is looked up", access -> isLookup(access.getTarget()))));
    }

    private static boolean isLookup(AccessTarget target) {
        return target.getOwner().getName().equals("java.net.InetAddress") && NAME_LOOKUPS.contains(target.getName());
    }

    private static boolean doesInput(JavaClass type) {
        if (ADDRESSES.contains(type.getName())) {
            return false;
        }
        return type.getPackageName().startsWith("java.nio.file")
                || type.getPackageName().startsWith("java.nio.channels")
                || type.getPackageName().startsWith("java.net")
                || type.getPackageName().equals("java.io") && (type.getSimpleName().startsWith("File")
                        || type.getSimpleName().equals("RandomAccessFile"));
    }

    @Test
    void noStaticFieldIsMutable() {
        hold(fields().that().areStatic().should().beFinal().because("two gateways in one process must not meet in one"));
    }

    /// An unchanged configuration is recognised by `equals`, and arrays are equal only to themselves.
    @Test
    void configIsComparable() {
        hold(fields().that().areDeclaredInClassesThat(describe("are records of config",
                type -> type.isRecord() && roomOf(type).equals("config")))
                .should().notHaveRawType(describe("an array", JavaClass::isArray)));
    }

    @Test
    void onlyTheAppReadsTheEnvironmentOrEndsTheProcess() {
        // CompilerProgram is a program of its own, which the gateway starts.
        hold(noClasses().that(describe("are not in app or testkit",
                type -> !Set.of("app", "testkit").contains(roomOf(type)) && !type.getSimpleName().equals("CompilerProgram")))
                .should().accessTargetWhere(describe("the process is asked or ended", access -> isProcess(access.getTarget())))
                .because("what a class needs comes in through its constructor"));
    }

    private static boolean isProcess(AccessTarget target) {
        return switch (target.getOwner().getName()) {
            case "java.lang.System" ->
                Set.of("getenv", "exit", "getProperty", "getProperties", "setProperty").contains(target.getName());
            case "java.lang.Runtime" -> Set.of("exit", "halt", "addShutdownHook").contains(target.getName());
            case "java.lang.Integer" -> target.getName().equals("getInteger");
            case "java.lang.Long" -> target.getName().equals("getLong");
            case "java.lang.Boolean" -> target.getName().equals("getBoolean");
            default -> false;
        };
    }

    private static void hold(ArchRule rule) {
        // A rule about a room without classes holds.
        rule.allowEmptyShould(true).check(JIGRESS);
    }

    private static DescribedPredicate<JavaClass> packages(String... identifiers) {
        return resideInAnyPackage(identifiers);
    }

    private static DescribedPredicate<JavaClass> rooms(String... rooms) {
        return resideInAnyPackage(Stream.of(rooms).map(room -> "io.jigress." + room + "..").toArray(String[]::new));
    }

    private static String roomOf(JavaClass type) {
        return type.getPackageName().split("\\.")[2];
    }

    /// The simple name of the type whose file holds this one.
    private static String outermost(JavaClass type) {
        String name = element(type).getName().substring(type.getPackageName().length() + 1);
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    /// The type itself, or the component type of an array.
    private static JavaClass element(JavaClass type) {
        return type.getBaseComponentType();
    }
}
