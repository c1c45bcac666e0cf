package io.jigress.waf;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The values that rules examine, collected once in a phase for all rules with the same targets, and transformed once for those that also have the
/// same transformations.
final class Views {
    private static final RuleTarget[] NONE_REMOVED = {};

    private final Values values;
    private final DerivedValues derived;
    private final int words;
    private final @Nullable View[] views;
    private final @Nullable DistinctValues[] lists;
    private int epoch = 1;
    /// By the index of a value: its slot in the list that is being collected, if its stamp is that of the list.
    private int[] slots = new int[256];
    private int[] stamps = new int[256];
    private int stamp;

    Views(Values values, DerivedValues derived, RuleSet rules) {
        this.values = values;
        this.derived = derived;
        words = rules.prefilter().words();
        views = new View[rules.views()];
        lists = new DistinctValues[rules.targetLists()];
    }

    /// To be called before the rules of a phase are evaluated: stable variables may have changed.
    void phaseBegins() {
        epoch++;
    }

    /// The values of a rule that has a view.
    View of(Rule rule) {
        View view = views[rule.view];
        if (view == null) {
            view = new View(words, collected(rule));
            views[rule.view] = view;
        }
        if (view.epoch != epoch) {
            view.epoch = epoch;
            fill(view, rule);
        }
        return view;
    }

    private DistinctValues collected(Rule rule) {
        DistinctValues list = lists[rule.targetList];
        if (list == null) {
            list = new DistinctValues(words);
            lists[rule.targetList] = list;
        }
        if (list.epoch != epoch) {
            list.epoch = epoch;
            collect(list, rule);
        }
        return list;
    }

    private void collect(DistinctValues list, Rule rule) {
        Candidates candidates = list.candidates;
        candidates.clear();
        for (RuleTarget target : rule.targets) {
            values.collect(target, rule.exclusions, NONE_REMOVED, 0, candidates);
        }
        list.reserve();
        distinct(list);
        Arrays.fill(list.marks, 0);
        list.allTraits = 0;
        list.maxLength = -1;
        for (int slot = 0; slot < list.count; slot++) {
            int value = list.values[slot];
            list.traits[slot] = derived.traits(value);
            list.allTraits |= list.traits[slot];
            list.maxLength = Math.max(list.maxLength, values.store.length(value));
            list.marked[slot] = derived.addMarks(value, list.marks);
        }
    }

    private void distinct(DistinctValues list) {
        if (stamps.length < values.store.count()) {
            stamps = new int[values.store.count() * 2];
            slots = new int[stamps.length];
            stamp = 0;
        }
        if (++stamp == Integer.MAX_VALUE) {
            Arrays.fill(stamps, 0);
            stamp = 1;
        }
        Candidates candidates = list.candidates;
        list.count = 0;
        for (int i = 0; i < candidates.size; i++) {
            int value = candidates.values[i];
            if (stamps[value] != stamp) {
                stamps[value] = stamp;
                slots[value] = list.count;
                list.values[list.count++] = value;
            }
            list.slots[i] = slots[value];
        }
    }

    /// Values that no transformation touches are looked at once for all views of the same targets: a thousand short arguments must not cost a thousand
    /// times as much as one long one. The marks and the greatest length may thus be those of a value before its transformation.
    private void fill(View view, Rule rule) {
        DistinctValues list = collected(rule);
        int count = list.count;
        if (view.transformed.length < count) {
            view.transformed = new int[list.values.length];
            view.marked = new int[view.transformed.length];
            view.hits = new long[view.transformed.length];
        }
        System.arraycopy(list.marks, 0, view.marks, 0, words);
        System.arraycopy(list.values, 0, view.transformed, 0, count);
        view.maxLength = list.maxLength;
        int touched = rule.touchedTraits;
        boolean all = (list.allTraits & touched) == 0;
        int marked = 0;
        for (int slot = 0; slot < count; slot++) {
            boolean mark = list.marked[slot];
            if (!all && (list.traits[slot] & touched) != 0) {
                int value = derived.transformed(view.transformed[slot], rule.transformations);
                if (value != view.transformed[slot]) {
                    view.transformed[slot] = value;
                    view.maxLength = Math.max(view.maxLength, values.store.length(value));
                    mark = derived.addMarks(value, view.marks);
                }
            }
            if (mark) {
                view.marked[marked++] = slot;
            }
        }
        view.markedCount = marked;
    }
}
