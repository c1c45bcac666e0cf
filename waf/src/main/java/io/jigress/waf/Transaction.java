package io.jigress.waf;

import io.jigress.waf.model.FieldName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The evaluation of one request and its response. Order of calls: connection, request line, headers,
/// [#requestHead], body, [#requestBody], response status and headers, [#responseHead], body, [#responseBody], [#finish].
///
/// Used by one thread. Arrays that are passed in are copied. [#reset] prepares the object for the next request.
public final class Transaction {
    private final RuleSet rules;
    private final Values values;
    private final DerivedValues derived;
    private final Views views;
    private final MessageReader messages;
    private final BodyReader bodies;
    private final ActionRunner actions;
    private final RuleEvaluator evaluator;

    private int phase;
    private boolean allowed;
    private int allowedUntilPhase;
    private @Nullable Interruption interruption;
    private @Nullable Interruption detected;

    Transaction(RuleSet rules) {
        this.rules = rules;
        values = new Values(rules.limits());
        derived = new DerivedValues(values.store, rules.prefilter());
        views = new Views(values, derived, rules);
        ArgumentReader arguments = new ArgumentReader(values, rules.settings());
        bodies = new BodyReader(values, rules.settings(), rules.limits(), arguments);
        messages = new MessageReader(values, rules.limits(), arguments, bodies);
        actions = new ActionRunner(rules, values, bodies);
        evaluator = new RuleEvaluator(values, derived, views, actions, rules.prefilter(), rules.limits().recordedMatches());
        begin();
    }

    private void begin() {
        values.startMillis = rules.nowMillis();
        values.nowMillis = values.startMillis;
        messages.begin();
    }

    /// Clears the transaction for the next request, in the mode of the rule set.
    public void reset() {
        reset(rules.settings().mode());
    }

    /// Clears the transaction for the next request, in the given mode.
    public void reset(EngineMode mode) {
        derived.reset();
        values.reset();
        actions.reset(mode);
        evaluator.reset();
        phase = 0;
        allowed = false;
        allowedUntilPhase = 0;
        interruption = null;
        detected = null;
        begin();
    }

    /// The addresses of both ends, and the request's id.
    public void connection(String remoteAddress, int remotePort, String serverAddress, int serverPort, String uniqueId) {
        if (!isOver()) {
            try {
                messages.connection(remoteAddress, remotePort, serverAddress, serverPort, uniqueId);
            } catch (LimitReached e) {
                limit(e.limit(), 413);
            }
        }
    }

    /// The request line as it was received.
    public void requestLine(byte[] method, byte[] target, byte[] protocol) {
        if (!isOver()) {
            try {
                messages.requestLine(method, target, protocol);
            } catch (LimitReached e) {
                limit(e.limit(), 413);
            }
        }
    }

    /// The same of texts that are one byte a character.
    public void requestLine(String method, String target, String protocol) {
        if (!isOver()) {
            try {
                messages.requestLine(method, target, protocol);
            } catch (LimitReached e) {
                limit(e.limit(), 413);
            }
        }
    }

    /// A field of the request, its value without surrounding white space.
    public void requestHeader(byte[] name, byte[] value) {
        if (!isOver()) {
            try {
                messages.requestHeader(name, value);
            } catch (LimitReached e) {
                limit(e.limit(), 413);
            }
        }
    }

    /// The same of texts that are one byte a character.
    public void requestHeader(String name, String value) {
        if (!isOver()) {
            try {
                messages.requestHeader(name, value);
            } catch (LimitReached e) {
                limit(e.limit(), 413);
            }
        }
    }

    /// Ends the request's head and evaluates phase 1. Null when the request may continue.
    public @Nullable Interruption requestHead() {
        if (!isOver()) {
            try {
                messages.requestHeadEnds();
            } catch (LimitReached e) {
                limit(e.limit(), 413);
            }
        }
        return evaluate(1);
    }

    /// Whether the rules inspect the request's body; known after [#requestHead].
    public boolean wantsRequestBody() {
        return !isOver() && bodies.requestBodyAccess();
    }

    /// Bytes of the request's body. Null when more may follow.
    public @Nullable Interruption requestBodyBytes(byte[] bytes, int from, int to) {
        if (!isOver() && !bodies.requestBodyBytes(bytes, from, to)) {
            limit("SecRequestBodyLimit", 413);
        }
        return interruption;
    }

    /// The body cannot be read as it was received, for example since its encoding is not known. Rules see this in `REQBODY_ERROR`, if the body
    /// is of a type that is parsed.
    public void requestBodyFault(String what) {
        bodies.fault(what);
    }

    /// Ends the request's body and evaluates phase 2. To be called also when there is no body.
    public @Nullable Interruption requestBody() {
        if (!isOver()) {
            try {
                bodies.requestBodyEnds();
            } catch (LimitReached e) {
                limit(e.limit(), 413);
            }
        }
        return evaluate(2);
    }

    /// The status of the response and its protocol, such as `HTTP/1.1`.
    public void responseStatus(int status, String protocol) {
        if (!isOver()) {
            try {
                messages.responseStatus(status, protocol);
            } catch (LimitReached e) {
                limit(e.limit(), 413);
            }
        }
    }

    /// A field of the response.
    public void responseHeader(byte[] name, byte[] value) {
        if (!isOver()) {
            try {
                messages.responseHeader(name, value);
            } catch (LimitReached e) {
                limit(e.limit(), 413);
            }
        }
    }

    /// The same of texts that are one byte a character.
    public void responseHeader(String name, String value) {
        if (!isOver()) {
            try {
                messages.responseHeader(name, value);
            } catch (LimitReached e) {
                limit(e.limit(), 413);
            }
        }
    }

    /// Ends the response's head and evaluates phase 3.
    public @Nullable Interruption responseHead() {
        return evaluate(3);
    }

    /// Whether the rules inspect the response's body; known after [#responseHead].
    public boolean wantsResponseBody() {
        return !isOver() && bodies.wantsResponseBody();
    }

    /// Bytes of the response's body. Null when more may follow.
    public @Nullable Interruption responseBodyBytes(byte[] bytes, int from, int to) {
        if (wantsResponseBody() && !bodies.responseBodyBytes(bytes, from, to)) {
            limit("SecResponseBodyLimit", 500);
        }
        return interruption;
    }

    /// Ends the response's body and evaluates phase 4.
    public @Nullable Interruption responseBody() {
        if (!isOver()) {
            try {
                bodies.responseBodyEnds();
            } catch (LimitReached e) {
                limit(e.limit(), 413);
            }
        }
        return evaluate(4);
    }

    /// Evaluates phase 5, which cannot interrupt. To be called also after an interruption.
    public void finish() {
        values.nowMillis = rules.nowMillis();
        if (actions.mode() != EngineMode.OFF) {
            try {
                phase = 5;
                views.phaseBegins();
                run(rules.phase(5));
            } catch (LimitReached _) {
                // The decision was already made.
            }
        }
    }

    /// The matches that are logged, in order.
    public List<RuleMatch> matches() {
        return List.copyOf(evaluator.matches());
    }

    /// How many [#matches] there are.
    public int matchCount() {
        return evaluator.matches().size();
    }

    /// The interruption of the transaction; null when there is none.
    public @Nullable Interruption interruption() {
        return interruption;
    }

    /// The interruption that would have occurred if the engine were not in detection-only mode.
    public @Nullable Interruption detected() {
        return detected;
    }

    /// Whether the transaction is written to an audit log.
    public boolean audit() {
        return actions.audit();
    }

    /// A member of TX, such as an anomaly score; empty when it is not set.
    public String transactionField(String name) {
        int value = values.tx.get(FieldName.of(name));
        return value < 0 ? "" : values.store.text(value);
    }

    private boolean isOver() { return actions.mode() == EngineMode.OFF || interruption != null; }

    private void limit(String name, int status) {
        decide(Interruption.byLimit(name, status, phase));
    }

    private void decide(Interruption decision) {
        if (actions.mode() == EngineMode.ON) {
            interruption = decision;
        } else if (detected == null) {
            detected = decision;
        }
    }

    private @Nullable Interruption evaluate(int next) {
        if (isOver()) {
            return interruption;
        }
        phase = next;
        values.nowMillis = rules.nowMillis();
        views.phaseBegins();
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
            if (actions.isRemoved(rule) || !evaluator.chainMatches(rule, phase)) {
                continue;
            }
            if (phase != 5 && decides(rule)) {
                return;
            }
            if (actions.mode() == EngineMode.OFF) {
                return;
            }
            if (rule.goesOnWith >= 0) {
                i = rule.goesOnWith;
            }
        }
    }

    /// True when the phase must end.
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
}
