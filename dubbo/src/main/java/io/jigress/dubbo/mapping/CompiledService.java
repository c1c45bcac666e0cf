package io.jigress.dubbo.mapping;

import io.jigress.api.Json;
import io.jigress.dubbo.mapping.CompiledMethod.Argument;
import io.jigress.dubbo.mapping.DubboMapping.Invocation;
import io.jigress.dubbo.mapping.DubboMapping.MethodMapping;
import io.jigress.dubbo.mapping.DubboMapping.ParameterMapping;
import io.jigress.dubbo.mapping.DubboMapping.Source;
import io.jigress.dubbo.type.ArgumentWriter.Form;
import io.jigress.dubbo.type.JavaType;
import io.jigress.dubbo.type.ServiceDefinition;
import io.jigress.dubbo.type.Shape;
import io.jigress.dubbo.type.Shapes;
import io.jigress.dubbo.type.TypeCatalog;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A compiled mapping, with the types of the provider's metadata where there is any. Immutable, for several threads.
public final class CompiledService {

    /// An error in a method of the mapping: which method, what is wrong, what was expected. Requests for it are answered with 500.
    public record Problem(int method, String what, String expected) {
    }

    sealed interface Found {
    }

    /// @param variables the values of the path variables, still encoded
    record Match(CompiledMethod method, List<String> variables) implements Found {
    }

    /// The path exists for another HTTP method only.
    record WrongMethod(String allowed) implements Found {
    }

    enum Unusable implements Found {
        /// No method has the path.
        UNKNOWN,
        /// The method has a [Problem].
        BROKEN
    }

    /// A row of the table; its method is null when it has a problem.
    private record Entry(MethodMapping mapping, @Nullable CompiledMethod method) {
    }

    private final DubboMapping mapping;
    private final TypeCatalog catalog;
    private final Map<String, List<Entry>> byPath = new HashMap<>();
    private final List<Entry> templates = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    private CompiledService(DubboMapping mapping, TypeCatalog catalog) {
        this.mapping = mapping;
        this.catalog = catalog;
    }

    /// @param published the provider's metadata; null while it is not known
    public static CompiledService compile(DubboMapping mapping, @Nullable ServiceDefinition published) {
        TypeCatalog catalog = (published == null ? TypeCatalog.EMPTY : published.catalog()).with(mapping.types());
        CompiledService service = new CompiledService(mapping, catalog);
        for (MethodMapping method : mapping.methods()) {
            Entry entry = new Entry(method, method.valid() ? service.compile(method.index(), method, published) : null);
            if (method.path().variables().isEmpty()) {
                service.byPath.computeIfAbsent(method.path().toString(), _ -> new ArrayList<>()).add(entry);
            } else {
                service.templates.add(entry);
            }
        }
        return service;
    }

    public List<Problem> problems() {
        return List.copyOf(problems);
    }

    public DubboMapping mapping() {
        return mapping;
    }

    TypeCatalog catalog() {
        return catalog;
    }

    /// Finds the method of a request. Paths without variables come first; of those with variables the first that matches is taken.
    Found find(String httpMethod, String path) {
        List<Entry> exact = byPath.get(path);
        List<String> others = new ArrayList<>();
        if (exact != null) {
            for (Entry entry : exact) {
                if (entry.mapping.httpMethod().equals(httpMethod)) {
                    return found(entry, List.of());
                }
                others.add(entry.mapping.httpMethod());
            }
        }
        for (Entry entry : templates) {
            List<String> variables = entry.mapping.path().match(path);
            if (variables != null) {
                if (entry.mapping.httpMethod().equals(httpMethod)) {
                    return found(entry, variables);
                }
                others.add(entry.mapping.httpMethod());
            }
        }
        return others.isEmpty() ? Unusable.UNKNOWN : new WrongMethod(String.join(", ", others));
    }

    private static Found found(Entry entry, List<String> variables) {
        return entry.method == null ? Unusable.BROKEN : new Match(entry.method, variables);
    }

    // ---- for people

    /// The call that a request would become, or the reason why there would be no call.
    public Json explain(String httpMethod, String path) {
        Json.Builder out = target();
        return switch (find(httpMethod.equals("HEAD") ? "GET" : httpMethod, path)) {
            case Match match -> out.put("mapping", match.method.mapping().toString())
                    .put("method", call(match.method)).put("invocation", word(match.method.form())).build();
            case WrongMethod wrong -> out.put("why", "the path is one of " + wrong.allowed() + ": answered with 405").build();
            case Unusable.UNKNOWN -> out.put("why", "no method has the path " + path + ": answered with 404").build();
            case Unusable.BROKEN -> out.put("why", "the method of this path has a problem: answered with 500").build();
        };
    }

    /// The OpenAPI 3.1 document of the methods that can be called.
    public Json openApi() {
        List<CompiledMethod> methods = new ArrayList<>();
        for (Entry entry : entries()) {
            if (entry.method != null) {
                methods.add(entry.method);
            }
        }
        return OpenApi.of(this, methods);
    }

    /// In the order of the mapping.
    private List<Entry> entries() {
        return Stream.concat(byPath.values().stream().flatMap(List::stream), templates.stream())
                .sorted(Comparator.comparingInt(entry -> entry.mapping.index())).toList();
    }

    /// The service with its methods as JSON, for the admin port and `jigress dubbo`.
    public Json json() {
        Json.Builder out = target();
        List<Json> methods = new ArrayList<>();
        for (Entry entry : entries()) {
            Json.Builder method = Json.object().put("request", entry.mapping.httpMethod() + " " + entry.mapping.path())
                    .put("method", entry.mapping.method());
            if (entry.method == null) {
                methods.add(method.put("problem", "requests are answered with 500; the problems of the object say why").build());
                continue;
            }
            method.put("call", call(entry.method));
            if (entry.method.returns() != null) {
                method.put("returns", entry.method.returns().toString());
            }
            methods.add(method.put("invocation", word(entry.method.form())).build());
        }
        return out.put("methods", Json.array(methods)).build();
    }

    private Json.Builder target() {
        DubboMapping.Target target = mapping.target();
        Json.Builder out = Json.object().put("service", target.service());
        if (target.version() != null) {
            out.put("version", target.version());
        }
        if (target.group() != null) {
            out.put("group", target.group());
        }
        return out;
    }

    private static String call(CompiledMethod method) {
        return method.mapping().method() + "("
                + String.join(", ", method.arguments().stream().map(CompiledService::shown).toList()) + ")";
    }

    private static String word(Form form) {
        return switch (form) {
            case DIRECT -> "direct";
            case GENERIC -> "generic";
        };
    }

    /// `long id from path variable`.
    private static String shown(Argument argument) {
        String name = argument.source() == Source.ENTIRE_BODY ? "" : " " + argument.name();
        return argument.type() + name + " from the " + argument.source().word();
    }

    // ---- compiling

    private @Nullable CompiledMethod compile(int index, MethodMapping method, @Nullable ServiceDefinition published) {
        List<ParameterMapping> parameters = method.parameters();
        List<JavaType> types;
        JavaType returns = null;
        if (published == null) {
            if (parameters == null || parameters.stream().anyMatch(each -> each.type() == null)) {
                problems.add(new Problem(index,
                        "no metadata of " + mapping.target().service() + " is known, and not all types are given",
                        "parameters with their types, or a provider that publishes metadata"));
                return null;
            }
            types = typesOf(parameters);
        } else {
            ServiceDefinition.Method chosen = choose(index, method, published);
            if (chosen == null) {
                return null;
            }
            types = parameters == null ? chosen.parameters() : merged(parameters, chosen.parameters());
            returns = chosen.returns();
        }
        Shapes shapes = new Shapes(catalog);
        List<Argument> arguments = parameters == null
                ? derived(index, method, types, shapes)
                : given(method, parameters, types, shapes);
        if (arguments == null) {
            return null;
        }
        return new CompiledMethod(this, method, form(shapes), arguments,
                types.stream().map(JavaType::descriptor).collect(Collectors.joining()),
                types.stream().map(JavaType::className).toList(), returns,
                arguments.stream().anyMatch(each -> each.source() == Source.BODY || each.source() == Source.ENTIRE_BODY));
    }

    private static List<JavaType> typesOf(List<ParameterMapping> parameters) {
        List<JavaType> types = new ArrayList<>();
        for (ParameterMapping parameter : parameters) {
            types.add(parameter.type() == null ? JavaType.of("java.lang.Object") : parameter.type());
        }
        return types;
    }

    /// The published type, unless the mapping gives its type arguments.
    private static List<JavaType> merged(List<ParameterMapping> parameters, List<JavaType> published) {
        List<JavaType> types = new ArrayList<>();
        for (int i = 0; i < published.size(); i++) {
            JavaType given = parameters.get(i).type();
            types.add(given == null || given.arguments().isEmpty() ? published.get(i) : given);
        }
        return types;
    }

    private Form form(Shapes shapes) {
        if (mapping.target().json()) {
            return Form.DIRECT;
        }
        return switch (mapping.target().invocation()) {
            case Invocation.DIRECT -> Form.DIRECT;
            case Invocation.GENERIC, Invocation.GENERIC_RAW -> Form.GENERIC;
            case Invocation.AUTO -> shapes.unknown().isEmpty() && !shapes.floatFields() ? Form.DIRECT : Form.GENERIC;
        };
    }

    private ServiceDefinition.@Nullable Method choose(int index, MethodMapping method, ServiceDefinition published) {
        List<ServiceDefinition.Method> named = published.methods(method.method());
        List<ServiceDefinition.Method> fitting = named.stream().filter(each -> fits(method.parameters(), each.parameters()))
                .toList();
        if (fitting.size() == 1) {
            return fitting.getFirst();
        }
        String service = mapping.target().service();
        if (named.isEmpty()) {
            problems.add(new Problem(index, "the service " + service + " has no method " + method.method(), "one of "
                    + published.methods().stream().map(ServiceDefinition.Method::name).distinct().sorted().limit(50)
                            .collect(Collectors.joining(", "))));
        } else {
            problems.add(new Problem(index, "the method " + method.method() + " of " + service
                    + (fitting.isEmpty() ? " has other parameters" : " is ambiguous"),
                    "the types of one of "
                            + (fitting.isEmpty() ? named : fitting).stream().map(ServiceDefinition.Method::toString)
                                    .collect(Collectors.joining("; "))));
        }
        return null;
    }

    private static boolean fits(@Nullable List<ParameterMapping> given, List<JavaType> types) {
        if (given == null) {
            return true;
        }
        if (given.size() != types.size()) {
            return false;
        }
        for (int i = 0; i < given.size(); i++) {
            JavaType type = given.get(i).type();
            if (type != null && !type.className().equals(types.get(i).className())) {
                return false;
            }
        }
        return true;
    }

    private static List<Argument> given(MethodMapping method, List<ParameterMapping> parameters, List<JavaType> types,
            Shapes shapes) {
        List<Argument> arguments = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            ParameterMapping parameter = parameters.get(i);
            int variable = parameter.source() == Source.PATH ? method.path().variables().indexOf(parameter.key()) : -1;
            arguments.add(new Argument(parameter.source(), parameter.key(), variable, -1, types.get(i), shapes.of(types.get(i)),
                    parameter.required(), parameter.otherwise()));
        }
        return arguments;
    }

    /// Path variables are the first parameters; one further parameter is the body, several are the elements of a body that is an array.
    private @Nullable List<Argument> derived(int index, MethodMapping method, List<JavaType> types, Shapes shapes) {
        List<String> variables = method.path().variables();
        int rest = types.size() - variables.size();
        if (rest < 0) {
            problems.add(new Problem(index, "the path " + method.path() + " has " + variables.size() + " variables, the method "
                    + types.size() + " parameters", "parameters with the source of each"));
            return null;
        }
        if (rest > 0 && (method.httpMethod().equals("GET") || method.httpMethod().equals("DELETE"))) {
            problems.add(new Problem(index, method.httpMethod() + " has no body for the parameters that are not in the path",
                    "parameters with the source of each"));
            return null;
        }
        List<Argument> arguments = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            Shape shape = shapes.of(types.get(i));
            boolean path = i < variables.size();
            arguments.add(new Argument(path ? Source.PATH : Source.ENTIRE_BODY, path ? variables.get(i) : "", path ? i : -1,
                    path || rest == 1 ? -1 : i - variables.size(), types.get(i), shape, false, null));
        }
        return arguments;
    }
}
