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
    private final @Nullable Collected[] lists;
    private int epoch = 1;

    /// The values of some targets before any transformation.
    private static final class Collected {
        private final Candidates candidates = new Candidates();
        private final long[] marks;
        private int[] traits = new int[16];
        /// Whether the prefilter finds anything in a value.
        private boolean[] marked = new boolean[16];
        private int allTraits;
        private int maxLength;
        private int epoch;

        Collected(int words) {
            marks = new long[words];
        }
    }

    Views(Values values, DerivedValues derived, RuleSet rules) {
        this.values = values;
        this.derived = derived;
        words = rules.prefilter().words();
        views = new View[rules.views()];
        lists = new Collected[rules.targetLists()];
    }

    /// To be called before the rules of a phase are evaluated: stable variables may have changed.
    void phaseBegins() {
        epoch++;
    }

    /// The values of a rule that has a view.
    View of(Rule rule) {
        View view = views[rule.view];
        if (view == null) {
            view = new View(words, collected(rule).candidates);
            views[rule.view] = view;
        }
        if (view.epoch != epoch) {
            view.epoch = epoch;
            fill(view, rule);
        }
        return view;
    }

    private Collected collected(Rule rule) {
        Collected list = lists[rule.targetList];
        if (list == null) {
            list = new Collected(words);
            lists[rule.targetList] = list;
        }
        if (list.epoch != epoch) {
            list.epoch = epoch;
            collect(list, rule);
        }
        return list;
    }

    private void collect(Collected list, Rule rule) {
        Candidates candidates = list.candidates;
        candidates.clear();
        for (RuleTarget target : rule.targets) {
            values.collect(target, rule.exclusions, NONE_REMOVED, 0, candidates);
        }
        if (list.traits.length < candidates.size) {
            list.traits = new int[candidates.values.length];
            list.marked = new boolean[candidates.values.length];
        }
        Arrays.fill(list.marks, 0);
        list.allTraits = 0;
        list.maxLength = -1;
        for (int i = 0; i < candidates.size; i++) {
            int value = candidates.values[i];
            list.traits[i] = derived.traits(value);
            list.allTraits |= list.traits[i];
            list.maxLength = Math.max(list.maxLength, values.store.length(value));
            list.marked[i] = derived.addMarks(value, list.marks);
        }
    }

    /// Values that no transformation touches are looked at once for all views of the same targets: a thousand short arguments must not cost a thousand
    /// times as much as one long one. The marks and the greatest length may thus be those of a value before its transformation.
    private void fill(View view, Rule rule) {
        Collected list = collected(rule);
        int count = list.candidates.size;
        if (view.transformed.length < count) {
            view.transformed = new int[list.candidates.values.length];
            view.marked = new int[view.transformed.length];
        }
        System.arraycopy(list.marks, 0, view.marks, 0, words);
        System.arraycopy(list.candidates.values, 0, view.transformed, 0, count);
        view.maxLength = list.maxLength;
        int touched = rule.touchedTraits;
        boolean all = (list.allTraits & touched) == 0;
        int marked = 0;
        for (int i = 0; i < count; i++) {
            boolean mark = list.marked[i];
            if (!all && (list.traits[i] & touched) != 0) {
                int value = derived.transformed(view.transformed[i], rule.transformations);
                if (value != view.transformed[i]) {
                    view.transformed[i] = value;
                    view.maxLength = Math.max(view.maxLength, values.store.length(value));
                    mark = derived.addMarks(value, view.marks);
                }
            }
            if (mark) {
                view.marked[marked++] = i;
            }
        }
        view.markedCount = marked;
    }
}
