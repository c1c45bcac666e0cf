package io.jigress.waf;

import io.jigress.waf.model.ByteString;
import io.jigress.waf.model.FieldName;
import io.jigress.waf.model.Variable;
import io.jigress.waf.operator.NumberOperators;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Runs the non-disruptive actions of matching rules, and holds what they changed: variables, settings, removed rules.
final class ActionRunner {
    private final RuleSet rules;
    private final Values values;
    private final BodyReader bodies;
    private final BitSet removedRules = new BitSet();
    private final List<RemovedTarget> removedTargets = new ArrayList<>();
    private RuleTarget[] removedHere = new RuleTarget[8];
    private final @Nullable String[] collectionKeys = new String[Variable.count()];
    private final FieldNames names = new FieldNames();
    private final ByteString scratch = new ByteString();
    private EngineMode mode;
    private boolean audit = true;

    private record RemovedTarget(int[] rules, RuleTarget target) {
    }

    ActionRunner(RuleSet rules, Values values, BodyReader bodies) {
        this.rules = rules;
        this.values = values;
        this.bodies = bodies;
        mode = rules.settings().mode();
    }

    void reset(EngineMode newMode) {
        removedRules.clear();
        removedTargets.clear();
        Arrays.fill(collectionKeys, null);
        mode = newMode;
        audit = true;
    }

    EngineMode mode() {
        return mode;
    }

    boolean audit() {
        return audit;
    }

    boolean isRemoved(Rule head) {
        return removedRules.get(head.index);
    }

    /// How many of [#removedTargets] the rule must skip.
    int removedFrom(Rule head) {
        int count = 0;
        for (int i = 0; i < removedTargets.size(); i++) {
            RemovedTarget removed = removedTargets.get(i);
            if (Arrays.binarySearch(removed.rules(), head.index) >= 0) {
                if (count == removedHere.length) {
                    removedHere = Arrays.copyOf(removedHere, count * 2);
                }
                removedHere[count++] = removed.target();
            }
        }
        return count;
    }

    /// The targets that [#removedFrom] counted last.
    RuleTarget[] removedTargets() {
        return removedHere;
    }

    void run(RuleAction[] actions) {
        for (RuleAction action : actions) {
            run(action);
        }
    }

    private void run(RuleAction action) {
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
            case RuleAction.SetRequestBodyAccess set -> bodies.setRequestBodyAccess(set.on());
            case RuleAction.SetResponseBodyAccess set -> bodies.setResponseBodyAccess(set.on());
            case RuleAction.SetRequestBodyProcessor set -> bodies.setProcessor(set.name());
            case RuleAction.ForceRequestBody force -> bodies.forceRequestBody(force.on());
            case RuleAction.SetRequestBodyLimit set -> bodies.setRequestBodyLimit(set.bytes());
            case RuleAction.SetResponseBodyLimit set -> bodies.setResponseBodyLimit(set.bytes());
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

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void open(RuleAction.OpenCollection open) {
        int index = open.collection().index();
        String key = open.collection() + ":" + text(open.key().expand(values));
        collectionKeys[index] = key;
        FieldTable fields = new FieldTable(rules.limits());
        values.kept[index] = fields;
        rules.collections().read(key, (name, value) -> fields.set(FieldName.of(name), values.store.add(value)));
    }

    private void setVariable(RuleAction.SetVariable set) {
        FieldTable fields = set.collection() == Variable.TX ? values.tx : values.kept[set.collection().index()];
        if (fields == null) {
            // The collection was not opened.
            return;
        }
        FieldName name = name(set);
        String key = collectionKeys[set.collection().index()];
        if (set.change() == RuleAction.Change.REMOVE) {
            fields.remove(name);
            if (key != null) {
                rules.collections().remove(key, name.toString());
            }
            return;
        }
        scratch.clear();
        set.value().expand(values, scratch);
        fields.set(name, set.change() == RuleAction.Change.SET
                ? values.store.add(scratch.array(), 0, scratch.length())
                : values.store.addNumber(sum(fields.get(name), set.change())));
        if (key != null) {
            int value = fields.get(name);
            rules.collections().write(key, name.toString(),
                    Arrays.copyOfRange(values.store.bytes, values.store.from[value], values.store.to[value]));
        }
    }

    private FieldName name(RuleAction.SetVariable set) {
        FieldName constant = set.constantName();
        if (constant != null) {
            return constant;
        }
        scratch.clear();
        set.name().expand(values, scratch);
        scratch.toLowerCase();
        return names.of(scratch.array(), 0, scratch.length());
    }

    /// The previous value, or 0, changed by the number in the scratch buffer.
    private long sum(int before, RuleAction.Change change) {
        long amount = NumberOperators.number(scratch.array(), 0, scratch.length());
        long number = before < 0
                ? 0
                : NumberOperators.number(values.store.bytes, values.store.from[before], values.store.to[before]);
        return change == RuleAction.Change.ADD ? number + amount : number - amount;
    }
}
