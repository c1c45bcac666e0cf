package io.jigress.proxy;

import java.util.List;

/// What [Gateway#apply] did.
///
/// @param waiting how many changes are not live yet, those of earlier calls among them: they wait for endpoints or for filters
/// @param problems listeners that could not be opened; the rest is live
/// @param faults what else could not be compiled of what has changed, for people; [Gateway#faults] has all
public record ApplyReport(int routesCompiled, int nodesCopied, int waiting, List<ListenerProblem> problems, List<String> faults,
        long nanos) {

    /// @param what for people: `cannot listen on port 80: …`
    /// @param addressMissing whether the machine does not have the address
    public record ListenerProblem(String listener, String what, boolean addressMissing) {}

    public ApplyReport {
        problems = List.copyOf(problems);
        faults = List.copyOf(faults);
    }
}
