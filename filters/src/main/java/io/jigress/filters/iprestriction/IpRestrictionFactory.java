package io.jigress.filters.iprestriction;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HeaderName;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The factory of `ip-restriction`, with the fields of Higress's plugin of that name.
public final class IpRestrictionFactory implements FilterFactory<IpRestriction> {
    private static final HeaderName DEFAULT_HEADER = HeaderName.X_FORWARDED_FOR;

    private enum Source {
        ORIGIN, HEADER
    }

    @Override
    public String name() {
        return "ip-restriction";
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.AUTHN;
    }

    @Override
    public int priority() {
        return 210;
    }

    @Override
    public boolean protects() {
        return true;
    }

    @Override
    public IpRestriction parse(JsonReader config) {
        Source source = config.choice("ip_source_type", Source.ORIGIN, word -> switch (word) {
            case "origin-source" -> Source.ORIGIN;
            case "header" -> Source.HEADER;
            default -> null;
        }, "origin-source or header");
        String written = config.text("ip_header_name", DEFAULT_HEADER.text());
        HeaderName header = DEFAULT_HEADER;
        if (HeaderName.isToken(written)) {
            header = HeaderName.of(written);
        } else {
            config.error("ip_header_name", "is \"" + written + "\"", "a header name");
        }
        if (source == Source.ORIGIN && config.has("ip_header_name")) {
            if (config.has("ip_source_type")) {
                config.warning("ip_header_name", "has no effect with ip_source_type: origin-source", "ip_source_type: header");
            } else {
                config.error("ip_header_name", "is set, and ip_source_type, which would use it, is not",
                        "ip_source_type: header");
            }
        }
        List<String> allow = config.texts("allow");
        List<String> deny = config.texts("deny");
        if (!allow.isEmpty() && !deny.isEmpty()) {
            config.error("deny", "cannot be combined with allow", "one of the two");
        }
        int status = (int) config.integer("status", 403, 200, 599);
        String message = config.text("message", "Your IP address is blocked.");
        List<Cidr> allowed = blocks(config, "allow", allow);
        List<Cidr> denied = blocks(config, "deny", deny);
        config.finishStrictly("the filter would not protect as written");
        if (allow.isEmpty() && deny.isEmpty() && !config.failed()) {
            config.error("", "has neither allow nor deny", "one of the two, with at least one address");
        }
        boolean allows = !allow.isEmpty();
        return new IpRestriction(allows, allows ? allowed : denied, source == Source.HEADER ? header : null, status, message);
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(IpRestriction config) {
        IpRanges ranges = IpRanges.of(config.blocks());
        return CompletableFuture.completedFuture(services -> new IpRestrictionFilter(config, ranges, services));
    }

    private static List<Cidr> blocks(JsonReader config, String field, List<String> texts) {
        List<Cidr> blocks = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            String at = field + "[" + i + "]";
            Cidr block = Cidr.parse(texts.get(i).strip());
            if (block == null) {
                config.error(at, "is \"" + texts.get(i) + "\"",
                        "an address or a block such as 10.0.0.1, 192.168.0.0/16, 2001:db8::/32");
            } else {
                if (!block.exact()) {
                    config.warning(at, "is \"" + texts.get(i) + "\", which has bits beyond its prefix; they are ignored",
                            "the first address of the block");
                }
                blocks.add(block);
            }
        }
        return blocks;
    }
}
