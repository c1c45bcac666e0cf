package io.jigress.sources.registry;

import io.jigress.config.Endpoint;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A validated list of instances: the endpoints that can be used, and which instances were left out and why.
///
/// @param endpoints healthy instances; those that are disabled or have weight 0 have weight 0 here
/// @param listed how many instances the registry listed
/// @param unhealthy how many of them it reports as unhealthy
/// @param faults as readable text, at most [#FAULTS]
/// @param faulty how many instances have a fault
record InstanceList(List<Endpoint> endpoints, int listed, int unhealthy, List<String> faults, int faulty) {
    /// The limit of instances of one service.
    static final int INSTANCES = 10_000;
    /// The limit of an instance's metadata, in characters.
    static final int METADATA = 16 * 1024;
    static final int FAULTS = 20;

    private static final int MOST = 65_535;
    /// Weights are fractions; endpoints have whole numbers.
    private static final double SCALE = 100;
    private static final Pattern V4 = Pattern
            .compile("(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}");
    private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

    InstanceList {
        endpoints = List.copyOf(endpoints);
        faults = List.copyOf(faults);
    }

    /// Whether the registry has no usable instance. Instances that an operator has taken offline count as usable: this is intended.
    boolean isEmpty() { return endpoints.isEmpty(); }

    static InstanceList of(List<Instance> instances) {
        return new Reading().read(instances);
    }

    private static final class Reading {
        private final List<String> faults = new ArrayList<>();
        private int faulty;

        InstanceList read(List<Instance> instances) {
            List<Instance> usable = new ArrayList<>();
            Set<String> seen = new HashSet<>();
            int unhealthy = 0;
            double heaviest = 0;
            for (Instance instance : instances) {
                if (usable.size() == INSTANCES) {
                    fault(instance, "is beyond the " + INSTANCES + " instances that one service may have");
                } else if (sound(instance, seen)) {
                    if (instance.healthy()) {
                        usable.add(instance);
                        heaviest = Math.max(heaviest, instance.weight());
                    } else {
                        unhealthy++;
                    }
                }
            }
            double scale = heaviest * SCALE > MOST ? MOST / heaviest : SCALE;
            boolean whole = heaviest <= MOST && usable.stream().allMatch(i -> i.weight() == Math.rint(i.weight()));
            List<Endpoint> endpoints = new ArrayList<>(usable.size());
            for (Instance instance : usable) {
                endpoints.add(endpoint(instance, whole ? 1 : scale));
            }
            return new InstanceList(endpoints, instances.size(), unhealthy, faults, faulty);
        }

        private boolean sound(Instance instance, Set<String> seen) {
            String address = instance.address();
            if (!isAddress(address)) {
                return fault(instance, "its address is not an IP address");
            }
            if (instance.port() < 1 || instance.port() > MOST) {
                return fault(instance, "its port is not from 1 to 65535");
            }
            if (!(instance.weight() >= 0) || Double.isInfinite(instance.weight())) {
                return fault(instance, "its weight is " + instance.weight());
            }
            return seen.add(address + " " + instance.port()) || fault(instance, "is listed twice");
        }

        private Endpoint endpoint(Instance instance, double scale) {
            double weight = instance.enabled() ? instance.weight() : 0;
            // A small weight is not rounded to 0.
            int rounded = weight == 0 ? 0 : Math.clamp(Math.round(weight * scale), 1, MOST);
            return new Endpoint(instance.address(), instance.port(), rounded, instance.zone(), labels(instance));
        }

        private Map<String, String> labels(Instance instance) {
            long size = 0;
            Map<String, String> labels = new LinkedHashMap<>();
            for (Map.Entry<String, @Nullable String> entry : instance.metadata().entrySet()) {
                String value = entry.getValue() == null ? "" : entry.getValue();
                labels.put(entry.getKey(), value);
                size += entry.getKey().length() + value.length();
                if (size > METADATA) {
                    fault(instance, "its metadata is larger than " + METADATA + " characters and is not used");
                    return Map.of();
                }
            }
            return labels;
        }

        /// @return false
        private boolean fault(Instance instance, String what) {
            faulty++;
            if (faults.size() < FAULTS) {
                String address = instance.address();
                String shown = address.length() > 100 ? address.substring(0, 100) + "…" : address;
                faults.add(shown + ":" + instance.port() + " " + what);
            }
            return false;
        }

        private static boolean isAddress(String text) {
            return text.length() <= 45 && (V4.matcher(text).matches() || V6.matcher(text).matches());
        }
    }
}
