package io.jigress.app.run;

import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Kinds;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Converts faults of the data plane to problems of the objects that caused them.
public final class GatewayFaults {
    /// The key of faults that belong to no object.
    public static final ResourceKey PROCESS = new ResourceKey("", "Process", "", "jigress");
    /// A fault begins with the origin of the faulty part: `Plugin default/limit: …`.
    private static final Pattern ORIGIN = Pattern.compile("(?<kind>\\w+) (?<path>[^/ :]+/[^/ :]+): (?<what>.*)",
            Pattern.DOTALL);
    private static final List<String> GROUPS = List.of(Kinds.JIGRESS, Kinds.GATEWAY_API, Kinds.NETWORKING, Kinds.CORE,
            Kinds.HIGRESS);

    private GatewayFaults() {}

    public static Problem problem(String fault, PersistentMap<ResourceKey, Resource> resources) {
        Matcher origin = ORIGIN.matcher(fault);
        if (origin.matches()) {
            for (String group : GROUPS) {
                ResourceKey key = ResourceKey.ofPath(group, origin.group("kind"), origin.group("path"));
                Resource resource = resources.get(key);
                if (resource != null) {
                    return new Problem(key, resource.source(), "", origin.group("what"), "", Severity.ERROR);
                }
            }
        }
        return new Problem(PROCESS, "", "", fault, "", Severity.ERROR);
    }
}
