package io.jigress.waf;

import io.jigress.waf.model.ByteString;
import io.jigress.waf.model.Variable;
import io.jigress.waf.operator.NumberOperators;
import io.jigress.waf.operator.Operator;
import io.jigress.waf.transform.Transformation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The judgement of one request and its response, in the order in which they pass: connection, request line, headers,
/// [#requestHead], body, [#requestBody], response status and headers, [#responseHead], body, [#responseBody], [#finish].
///
/// Used by one thread. Arrays that are passed in are copied. [#reset] makes the object ready for the next request.
public final class Transaction {
    private static final String[] GROUPS = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

    private final RuleSet rules;
    private final RuleSettings settings;
    private final Values values;
    private final Candidates candidates = new Candidates();
    private final MessageReader messages;
    private final BitSet removedRules = new BitSet();
    private final List<RemovedTarget> removedTargets = new ArrayList<>();
    private RuleTarget[] removedHere = new RuleTarget[8];
    private final List<RuleMatch> matches = new ArrayList<>();
    private final String[] collectionKeys = new String[Variable.count()];
    private final ByteString scratch = new ByteString();

    private EngineMode mode;
    private int phase;
    private boolean allowed;
    private int allowedUntilPhase;
    private int highestSeverity = 255;
    private boolean audit = true;
    private @Nullable Interruption interruption;
    private @Nullable Interruption detected;

    private record RemovedTarget(int[] rules, RuleTarget target) {
    }

    Transaction(RuleSet rules) {
        this.rules = rules;
        settings = rules.settings();
        values = new Values(rules.prefilter(), rules.limits());
        messages = new MessageReader(values, settings, rules.limits());
        mode = settings.mode();
        begin();
    }

    private void begin() {
        values.startMillis = rules.nowMillis();
        values.nowMillis = values.startMillis;
        messages.begin();
    }

    /// Forgets everything: the next request begins.
    public void reset() {
        values.reset();
        removedRules.clear();
        removedTargets.clear();
        matches.clear();
        java.util.Arrays.fill(collectionKeys, null);
        mode = settings.mode();
        phase = 0;
        allowed = false;
        allowedUntilPhase = 0;
        highestSeverity = 255;
        audit = true;
        interruption = null;
        detected = null;
        begin();
    }

    /// The addresses of both ends, and the request's id.
    public void connection(String remoteAddress, int remotePort, String serverAddress, int serverPort, String uniqueId) {
        guard(() -> messages.connection(remoteAddress, remotePort, serverAddress, serverPort, uniqueId));
    }

    /// The request line as it was received.
    public void requestLine(byte[] method, byte[] target, byte[] protocol) {
        guard(() -> messages.requestLine(method, target, protocol));
    }

    /// A field of the request, its value without surrounding white space.
    public void requestHeader(byte[] name, byte[] value) {
        guard(() -> messages.requestHeader(name, value));
    }

    /// Ends the request's head and evaluates phase 1. Null when the request may go on.
    public @Nullable Interruption requestHead() {
        guard(messages::requestHeadEnds);
        return evaluate(1);
    }

    /// Whether the rules want to see the request's body, known after [#requestHead].
    public boolean wantsRequestBody() {
        return mode != EngineMode.OFF && interruption == null && messages.requestBodyAccess();
    }

    /// Bytes of the request's body. Null when more may come.
    public @Nullable Interruption requestBodyBytes(byte[] bytes, int from, int to) {
        if (mode != EngineMode.OFF && interruption == null && !messages.requestBodyBytes(bytes, from, to)) {
            limit("SecRequestBodyLimit", 413);
        }
        return interruption;
    }

    /// Ends the request's body and evaluates phase 2. To be called also when there is no body.
    public @Nullable Interruption requestBody() {
        guard(messages::requestBodyEnds);
        return evaluate(2);
    }

    /// The status of the response and its protocol, such as `HTTP/1.1`.
    public void responseStatus(int status, String protocol) {
        guard(() -> messages.responseStatus(status, protocol));
    }

    /// A field of the response.
    public void responseHeader(byte[] name, byte[] value) {
        guard(() -> messages.responseHeader(name, value));
    }

    /// Ends the response's head and evaluates phase 3.
    public @Nullable Interruption responseHead() {
        return evaluate(3);
    }

    /// Whether the rules want to see the response's body, known after [#responseHead].
    public boolean wantsResponseBody() {
        return mode != EngineMode.OFF && interruption == null && messages.wantsResponseBody();
    }

    /// Bytes of the response's body. Null when more may come.
    public @Nullable Interruption responseBodyBytes(byte[] bytes, int from, int to) {
        if (wantsResponseBody() && !messages.responseBodyBytes(bytes, from, to)) {
            limit("SecResponseBodyLimit", 500);
        }
        return interruption;
    }

    /// Ends the response's body and evaluates phase 4.
    public @Nullable Interruption responseBody() {
        guard(messages::responseBodyEnds);
        return evaluate(4);
    }

    /// Evaluates phase 5, which interrupts nothing. To be called also after an interruption.
    public void finish() {
        values.nowMillis = rules.nowMillis();
        if (mode != EngineMode.OFF) {
            try {
                phase = 5;
                run(rules.phase(5));
            } catch (LimitReached _) {
                // Nothing is left to be decided.
            }
        }
    }

    /// The rules that matched and are to be logged, in order.
    public List<RuleMatch> matches() {
        return List.copyOf(matches);
    }

    /// Why the transaction ends, null when it does not.
    public @Nullable Interruption interruption() {
        return interruption;
    }

    /// What would have ended the transaction if the engine did not only detect.
    public @Nullable Interruption detected() {
        return detected;
    }

    /// Whether the transaction is to be written to an audit log.
    public boolean audit() {
        return audit;
    }

    /// A member of TX, such as an anomaly score; empty when it is not set.
    public String transactionField(String name) {
        int value = values.tx.get(name);
        return value < 0 ? "" : values.store.text(value);
    }

    private void guard(Runnable work) {
        if (mode == EngineMode.OFF || interruption != null) {
            return;
        }
        try {
            work.run();
        } catch (LimitReached e) {
            limit(e.limit(), 413);
        }
    }

    private void limit(String name, int status) {
        decide(Interruption.byLimit(name, status, phase));
    }

    private void decide(Interruption decision) {
        if (mode == EngineMode.ON) {
            interruption = decision;
        } else if (detected == null) {
            detected = decision;
        }
    }

    private @Nullable Interruption evaluate(int next) {
        if (mode == EngineMode.OFF || interruption != null) {
            return interruption;
        }
        phase = next;
        values.nowMillis = rules.nowMillis();
        if (!allowed && next > allowedUntilPhase) {
            try {
                run(rules.phase(next));
            } catch (LimitReached e) {
                limit(e.limit(), 413);
            }
        }
        return interruption;
    }

    private void run(Rule[] phaseRules) {
        int i = 0;
        while (i < phaseRules.length) {
            Rule rule = phaseRules[i++];
            if (removedRules.get(rule.index) || !chainMatches(rule)) {
                continue;
            }
            if (phase != 5 && decides(rule)) {
                return;
            }
            if (mode == EngineMode.OFF) {
                return;
            }
            if (rule.goesOnWith >= 0) {
                i = rule.goesOnWith;
            }
        }
    }

    /// True when the phase ends.
    private boolean decides(Rule rule) {
        switch (rule.decision) {
            case NONE -> {
                return false;
            }
            case ALLOW -> {
                allowed = true;
                return true;
            }
            case ALLOW_PHASE -> {
                return true;
            }
            case ALLOW_REQUEST -> {
                allowedUntilPhase = 2;
                return true;
            }
            case DENY -> decide(new Interruption(Interruption.Kind.DENY, rule.status, rule.id, phase, "", ""));
            case DROP -> decide(new Interruption(Interruption.Kind.DROP, rule.status, rule.id, phase, "", ""));
            case REDIRECT -> decide(new Interruption(Interruption.Kind.REDIRECT, rule.status, rule.id, phase, "",
                    rule.location == null ? "" : new String(rule.location.expand(values), StandardCharsets.ISO_8859_1)));
        }
        return interruption != null;
    }

    private boolean chainMatches(Rule head) {
        values.matched.clear();
        for (Rule link = head; link != null; link = link.next) {
            if (!matches(head, link)) {
                return false;
            }
        }
        if (head.severity >= 0 && head.severity < highestSeverity) {
            highestSeverity = head.severity;
            values.setNumber(Variable.HIGHEST_SEVERITY, head.severity);
        }
        if (head.next != null) {
            record(head);
        }
        return true;
    }

    private boolean matches(Rule head, Rule rule) {
        values.rule = head;
        if (rule.targets.length == 0) {
            // SecAction, which looks at nothing.
            act(rule);
            if (head.next == null) {
                record(head);
            }
            return true;
        }
        int removedCount = removedTargets.isEmpty() ? 0 : removedFrom(head);
        candidates.clear();
        for (RuleTarget target : rule.targets) {
            values.collect(target, rule.exclusions, removedHere, removedCount, candidates);
        }
        boolean any = false;
        for (int i = 0; i < candidates.size; i++) {
            int value = rule.multiMatch ? firstMatch(rule, candidates.values[i]) : onlyMatch(rule, candidates.values[i]);
            if (value >= 0) {
                matched(head, rule, i, value, !any);
                any = true;
            }
        }
        return any;
    }

    private int removedFrom(Rule head) {
        int count = 0;
        for (RemovedTarget removed : removedTargets) {
            if (java.util.Arrays.binarySearch(removed.rules(), head.index) >= 0) {
                if (count == removedHere.length) {
                    removedHere = java.util.Arrays.copyOf(removedHere, count * 2);
                }
                removedHere[count++] = removed.target();
            }
        }
        return count;
    }

    private int onlyMatch(Rule rule, int value) {
        int transformed = values.transformed(value, rule.transformations);
        return test(rule, transformed) ? transformed : -1;
    }

    private int firstMatch(Rule rule, int value) {
        if (test(rule, value)) {
            return value;
        }
        int current = value;
        for (Transformation transformation : rule.transformations) {
            int next = values.transformed(current, transformation);
            if (next != current && test(rule, next)) {
                return next;
            }
            current = next;
        }
        return -1;
    }

    private boolean test(Rule rule, int value) {
        Operator operator = rule.operator;
        if (operator == null) {
            return true;
        }
        boolean matches = (rule.prefilter < 0 || values.canMatch(value, rule.prefilter))
                && operator.matches(values.store.bytes, values.store.from[value], values.store.to[value], values);
        return matches != rule.negated;
    }

    private void matched(Rule head, Rule rule, int candidate, int value, boolean first) {
        values.matched(candidates.variables[candidate], candidates.names[candidate], candidates.fields[candidate], value);
        if (rule.capture && !rule.negated && rule.operator != null) {
            capture(rule.operator, value);
        }
        act(rule);
        if (first && head.next == null) {
            record(head);
        }
    }

    private void capture(Operator operator, int value) {
        boolean[] any = new boolean[1];
        operator.capture(values.store.bytes, values.store.from[value], values.store.to[value], (index, bytes, from, to) -> {
            if (!any[0]) {
                any[0] = true;
                for (String group : GROUPS) {
                    values.tx.remove(group);
                }
            }
            values.tx.set(GROUPS[index], values.store.add(bytes, from, to));
        });
    }

    private void record(Rule head) {
        if (!head.log || matches.size() >= rules.limits().recordedMatches()) {
            return;
        }
        matches.add(new RuleMatch(head.id, phase, expanded(head.message), expanded(head.data),
                values.matchedValue < 0 ? "" : values.matchedVariableName(), head.severity, head.tags));
    }

    private String expanded(io.jigress.waf.model.@Nullable Macro macro) {
        return macro == null ? "" : new String(macro.expand(values), StandardCharsets.ISO_8859_1);
    }

    private void act(Rule rule) {
        for (RuleAction action : rule.actions) {
            switch (action) {
                case RuleAction.SetVariable set -> setVariable(set);
                case RuleAction.Expire expire -> {
                    String key = collectionKeys[expire.collection().index()];
                    if (key != null) {
                        byte[] seconds = expire.seconds().expand(values);
                        rules.collections().expire(key, text(expire.name().expand(values)),
                                NumberOperators.number(seconds, 0, seconds.length));
                    }
                }
                case RuleAction.OpenCollection open -> open(open);
                case RuleAction.SetMode set -> mode = set.mode();
                case RuleAction.SetRequestBodyAccess set -> messages.setRequestBodyAccess(set.on());
                case RuleAction.SetResponseBodyAccess set -> messages.setResponseBodyAccess(set.on());
                case RuleAction.SetRequestBodyProcessor set -> messages.setProcessor(set.name());
                case RuleAction.ForceRequestBody force -> messages.forceRequestBody(force.on());
                case RuleAction.SetRequestBodyLimit set -> messages.setRequestBodyLimit(set.bytes());
                case RuleAction.SetResponseBodyLimit set -> messages.setResponseBodyLimit(set.bytes());
                case RuleAction.SetAudit set -> audit = set.on();
                case RuleAction.RemoveRules remove -> {
                    for (int index : remove.rules()) {
                        removedRules.set(index);
                    }
                }
                case RuleAction.RemoveTarget remove -> {
                    if (removedTargets.size() >= rules.limits().transactionFields()) {
                        throw new LimitReached("transactionFields");
                    }
                    removedTargets.add(new RemovedTarget(remove.rules(), remove.target()));
                }
            }
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void open(RuleAction.OpenCollection open) {
        int index = open.collection().index();
        String key = open.collection() + ":" + text(open.key().expand(values));
        collectionKeys[index] = key;
        FieldTable fields = new FieldTable(rules.limits());
        values.kept[index] = fields;
        rules.collections().read(key, (name, value) -> fields.set(name, values.store.add(value)));
    }

    private void setVariable(RuleAction.SetVariable set) {
        FieldTable fields = set.collection() == Variable.TX ? values.tx : values.kept[set.collection().index()];
        if (fields == null) {
            // The collection was not opened.
            return;
        }
        String name = set.constantName().isEmpty()
                ? text(set.name().expand(values)).toLowerCase(java.util.Locale.ROOT)
                : set.constantName();
        String key = collectionKeys[set.collection().index()];
        switch (set.change()) {
            case REMOVE -> {
                fields.remove(name);
                if (key != null) {
                    rules.collections().remove(key, name);
                }
                return;
            }
            case SET -> {
                scratch.clear();
                set.value().expand(values, scratch);
                fields.set(name, values.store.add(scratch.array(), 0, scratch.length()));
            }
            case ADD, SUBTRACT -> {
                scratch.clear();
                set.value().expand(values, scratch);
                long change = NumberOperators.number(scratch.array(), 0, scratch.length());
                int before = fields.get(name);
                long number = before < 0
                        ? 0
                        : NumberOperators.number(values.store.bytes, values.store.from[before], values.store.to[before]);
                fields.set(name,
                        values.store.addNumber(set.change() == RuleAction.Change.ADD ? number + change : number - change));
            }
        }
        if (key != null) {
            int value = fields.get(name);
            rules.collections().write(key, name,
                    java.util.Arrays.copyOfRange(values.store.bytes, values.store.from[value], values.store.to[value]));
        }
    }
}
