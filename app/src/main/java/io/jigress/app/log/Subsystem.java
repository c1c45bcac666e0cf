package io.jigress.app.log;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A part of the program in the log. A logger belongs to the part with the longest matching prefix.
public enum Subsystem {
    GATEWAY("gateway", "start, end, event loops, transport", "io.jigress.app", "io.jigress.proxy"),
    CONFIG("config", "revisions, problems of objects", "io.jigress.control", "io.jigress.app.run.ProblemLog",
            "io.jigress.app.sources.RuleTexts",
            "io.jigress.proxy.compile"),
    FOLDER("folder", "the watched folder", "io.jigress.sources.folder"),
    STATE("state", "the last good configuration on the disk", "io.jigress.sources.state"),
    REGISTRY("registry", "service registries", "io.jigress.sources.registry", "io.jigress.sources.nacos", "com.alibaba.nacos"),
    SOURCE("source", "other sources of configuration and endpoints", "io.jigress.sources"),
    LISTENER("listener", "ports: opened, closed, taken over", "io.jigress.proxy.listen"),
    HTTP("http", "connections of clients", "io.jigress.proxy.http1", "io.jigress.proxy.http2"),
    REQUEST("request", "requests, and filters that fail", "io.jigress.proxy.exchange"),
    UPSTREAM("upstream", "endpoints and connections to them", "io.jigress.proxy.upstream"),
    DNS("dns", "names of upstreams", "io.jigress.proxy.upstream.DnsDirectory"),
    ACCESS_LOG("access-log", "the access log's file", "io.jigress.proxy.telemetry"),
    MEMORY("memory", "memory.direct is short or used up", "io.jigress.proxy.telemetry.MemoryAlarm"),
    FILTER("filter", "built-in filters", "io.jigress.filters", "io.jigress.sentinel"),
    ADMIN("admin", "the admin port", "io.jigress.admin"),
    NETTY("netty", "the network library", "io.netty");

    private final String label;
    private final String about;
    private final List<String> prefixes;

    Subsystem(String label, String about, String... prefixes) {
        this.label = label;
        this.about = about;
        this.prefixes = List.of(prefixes);
    }

    /// The label in the log.
    public String label() {
        return label;
    }

    public String about() {
        return about;
    }

    /// The names of its loggers, or prefixes of them.
    public List<String> prefixes() {
        return prefixes;
    }

    public static Optional<Subsystem> labelled(String label) {
        return Arrays.stream(values()).filter(subsystem -> subsystem.label.equals(label)).findFirst();
    }

    /// The label of a logger's part; for a library without a part, the last component of the logger's name.
    static String of(String logger) {
        String best = "";
        Subsystem found = null;
        for (Subsystem subsystem : values()) {
            for (String prefix : subsystem.prefixes) {
                boolean within = logger.startsWith(prefix)
                        && (logger.length() == prefix.length() || logger.charAt(prefix.length()) == '.');
                if (within && prefix.length() > best.length()) {
                    best = prefix;
                    found = subsystem;
                }
            }
        }
        return found == null ? logger.substring(logger.lastIndexOf('.') + 1) : found.label;
    }
}
