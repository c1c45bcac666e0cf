package io.jigress.waf.filter;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterInterest;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.RequestHead;
import io.jigress.api.Services;
import io.jigress.waf.EngineMode;
import io.jigress.waf.Interruption;
import io.jigress.waf.RuleMatch;
import io.jigress.waf.RuleSet;
import io.jigress.waf.Transaction;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Evaluates requests. A request with a body waits until the rules have inspected it.
class WafFilter implements HttpFilter {
    /// The number of passes kept for reuse on one event loop.
    private static final int KEPT_PASSES = 32;
    /// Characters of a field of the access log.
    private static final int MAX_LOGGED = 240;

    static final HeaderName CONTENT_ENCODING = HeaderName.of("content-encoding");

    private final ExchangeKey<Slot> key = new ExchangeKey<>("waf");
    private final WafConfig config;
    private final LiveRules live;
    private final Services services;
    private final AuditLog audit;
    private final WafCounters counters;
    private final ArrayDeque<WafPass> idle = new ArrayDeque<>();
    private final byte[] chunk = WafPass.chunk();
    /// Those of the idle passes.
    private RuleSet rules;
    private EngineMode mode;

    /// The exchange's attachment: its pass until the decision is made.
    private static final class Slot {
        private @Nullable WafPass pass;
    }

    WafFilter(WafConfig config, LiveRules live, Services services, AuditLog audit) {
        this.config = config;
        this.live = live;
        this.services = services;
        this.audit = audit;
        rules = live.current();
        mode = rules.settings().mode();
        counters = new WafCounters(services);
        if (mode != EngineMode.OFF) {
            audit.opened();
        }
    }

    /// Uses other rules for the next requests; those under way keep theirs.
    private void use(RuleSet now) {
        idle.clear();
        rules = now;
        EngineMode before = mode;
        mode = now.settings().mode();
        if (before == EngineMode.OFF && mode != EngineMode.OFF) {
            audit.opened();
        } else if (before != EngineMode.OFF && mode == EngineMode.OFF) {
            audit.closed();
        }
    }

    /// Bodies are inspected and not changed.
    @Override
    public Set<FilterInterest> interests() {
        return Set.of(FilterInterest.REQUEST_HEAD, FilterInterest.READ_REQUEST_BODY, FilterInterest.COMPLETION);
    }

    @Override
    public final FilterDecision onRequestHead(Exchange exchange) {
        RuleSet now = live.current();
        if (now != rules) {
            use(now);
        }
        if (mode == EngineMode.OFF) {
            return FilterDecision.SKIP_BODY;
        }
        WafPass pass = take();
        Slot slot = new Slot();
        slot.pass = pass;
        exchange.put(key, slot);
        counters.judged();
        Transaction transaction = pass.transaction;
        RequestHead head = exchange.request();
        transaction.connection(exchange.clientAddress().getHostAddress(), 0, "", port(head), exchange.id());
        transaction.requestLine(head.method(), head.rawTarget(), exchange.protocol());
        Headers headers = head.headers();
        for (int i = 0; i < headers.size(); i++) {
            transaction.requestHeader(headers.nameAt(i), headers.valueAt(i));
        }
        if (transaction.requestHead() == null && head.contentLength() != 0 && transaction.wantsRequestBody()) {
            pass.hold();
            encoding(pass, headers);
            return FilterDecision.HOLD_HEAD;
        }
        transaction.requestBody();
        return afterRequest(exchange, slot, pass);
    }

    /// Rules see a body without its codings. One with a coding that is not known is a fault for the rules.
    private static void encoding(WafPass pass, Headers headers) {
        if (!headers.contains(CONTENT_ENCODING)) {
            return;
        }
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < headers.size(); i++) {
            if (headers.isAt(i, CONTENT_ENCODING)) {
                all.append(headers.valueAt(i)).append(',');
            }
        }
        EncodedBody encoding = EncodedBody.of(all.toString());
        pass.encoding(encoding);
        if (!encoding.unknown().isEmpty()) {
            pass.transaction.requestBodyFault("bodies with the Content-Encoding " + encoding.unknown() + " cannot be inspected");
        }
    }

    /// The port of the request's authority, since the listener's port is not available here.
    private static int port(RequestHead head) {
        String authority = head.authority();
        int colon = authority.lastIndexOf(':');
        if (colon > authority.lastIndexOf(']') && authority.length() - colon <= 6) {
            int port = 0;
            for (int i = colon + 1; i < authority.length(); i++) {
                int digit = authority.charAt(i) - '0';
                if (digit < 0 || digit > 9) {
                    return 0;
                }
                port = port * 10 + digit;
            }
            return port;
        }
        return head.scheme().equals("https") ? 443 : 80;
    }

    private WafPass take() {
        WafPass pass = idle.pollFirst();
        if (pass == null) {
            pass = new WafPass(rules, chunk);
        }
        pass.transaction.reset();
        return pass;
    }

    @Override
    public final FilterDecision onRequestBody(Exchange exchange, Body body) {
        Slot slot = exchange.get(key);
        WafPass pass = slot == null ? null : slot.pass;
        if (slot == null || pass == null || !pass.isHolding()) {
            return FilterDecision.SKIP_BODY;
        }
        // One byte more than the limit shows the engine that the body is longer.
        int limit = pass.rules.settings().requestBodyLimit();
        int most = limit == Integer.MAX_VALUE ? limit : limit + 1;
        boolean whole = body.last() || body.data().readableBytes() >= most;
        if (!pass.isEncoded()) {
            pass.show(body.data(), most, true);
        } else if (whole) {
            decode(pass, body, most);
        }
        if (!whole && pass.transaction.interruption() == null) {
            return FilterDecision.HOLD_HEAD;
        }
        pass.release();
        pass.transaction.requestBody();
        return afterRequest(exchange, slot, pass);
    }

    /// A body that is already too long with its codings is shown with them, so that the engine refuses it; unless a part of it is inspected.
    private void decode(WafPass pass, Body body, int most) {
        if (body.data().readableBytes() >= most && !pass.rules.settings().requestBodyPartial()) {
            pass.show(body.data(), most, true);
        } else {
            pass.showDecoded(body.data(), most, body.last());
        }
    }

    private FilterDecision afterRequest(Exchange exchange, Slot slot, WafPass pass) {
        Interruption interruption = pass.transaction.interruption();
        if (interruption != null || !config.responses()) {
            end(exchange, slot);
        }
        return interruption == null ? FilterDecision.SKIP_BODY : refusal(interruption);
    }

    /// The pass of an exchange without a decision yet.
    final @Nullable WafPass pass(Exchange exchange) {
        Slot slot = exchange.get(key);
        return slot == null ? null : slot.pass;
    }

    /// Ends the evaluation of an exchange, reports it, and keeps its pass for reuse.
    final void end(Exchange exchange) {
        Slot slot = exchange.get(key);
        if (slot != null) {
            end(exchange, slot);
        }
    }

    private void end(Exchange exchange, Slot slot) {
        WafPass pass = slot.pass;
        if (pass == null) {
            return;
        }
        slot.pass = null;
        Transaction transaction = pass.transaction;
        transaction.finish();
        Interruption interruption = transaction.interruption();
        if (interruption != null) {
            counters.blocked(interruption.ruleId() == 0);
        } else if (transaction.detected() != null) {
            counters.detected();
        }
        if (transaction.matchCount() > 0 || interruption != null || transaction.detected() != null) {
            List<RuleMatch> matches = transaction.matches();
            counters.matched(matches);
            logFields(exchange, transaction, matches);
            if (transaction.audit()) {
                audit.write(AuditRecord.of(exchange, services.now(), transaction, matches));
            }
        }
        pass.release();
        if (pass.rules == rules && idle.size() < KEPT_PASSES) {
            idle.addFirst(pass);
        }
    }

    /// Fields of the access log: the verdict, the rules that matched, and the scores.
    private static void logFields(Exchange exchange, Transaction transaction, List<RuleMatch> matches) {
        exchange.logField("waf", AuditRecord.action(transaction));
        StringBuilder rules = new StringBuilder();
        for (int i = 0; i < matches.size() && rules.length() < MAX_LOGGED; i++) {
            rules.append(i == 0 ? "" : " ").append(matches.get(i).ruleId());
        }
        if (!rules.isEmpty()) {
            exchange.logField("waf.rules", rules.toString());
        }
        String scores = Scores.of(transaction).text();
        if (!scores.isEmpty()) {
            exchange.logField("waf.scores", scores);
        }
    }

    static FilterDecision refusal(Interruption interruption) {
        if (interruption.ruleId() == 0) {
            return new FilterDecision.Reply(LocalReply.error(interruption.status(),
                    "The message exceeds a limit of the web application firewall: " + interruption.limit() + ".", "waf_limit"));
        }
        if (interruption.kind() == Interruption.Kind.REDIRECT) {
            int status = interruption.status() >= 300 && interruption.status() < 400 ? interruption.status() : 302;
            return new FilterDecision.Reply(new LocalReply(status,
                    List.of(Map.entry(HeaderName.LOCATION, interruption.location())), new byte[0], "waf_redirected"));
        }
        int status = interruption.status() >= 400 && interruption.status() <= 599 ? interruption.status() : 403;
        return new FilterDecision.Reply(LocalReply.error(status, "Blocked by the web application firewall.", "waf_blocked"));
    }

    @Override
    public final void close() {
        live.left(services);
        if (mode != EngineMode.OFF) {
            audit.closed();
        }
    }

    @Override
    public final void onComplete(Exchange exchange) {
        end(exchange);
    }
}
