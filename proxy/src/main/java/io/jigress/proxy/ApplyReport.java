package io.jigress.proxy;

import java.util.List;

/// The result of [Gateway#apply].
///
/// @param waiting how many changes are not live yet, including those of earlier calls: they wait for endpoints or for filters
/// @param problems listeners that could not be opened; all other parts are live
/// @param faults what else of the change could not be compiled, as readable text; [Gateway#faults] has all
public record ApplyReport(int routesCompiled, int nodesCopied, int waiting, List<ListenerProblem> problems, List<String> faults,
        long nanos) {

    /// @param what as readable text: `cannot listen on port 80: …`
    /// @param addressMissing whether the machine does not have the address
    public record ListenerProblem(String listener, String what, boolean addressMissing) {}

    public ApplyReport {
        problems = List.copyOf(problems);
        faults = List.copyOf(faults);
    }
}
