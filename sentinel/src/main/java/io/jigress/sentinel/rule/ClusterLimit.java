package io.jigress.sentinel.rule;

/// How a rule is applied in a cluster: a ClusterFlowConfig.
///
/// @param flowId the id of the rule at the token server
/// @param perMember whether the count of the rule is multiplied with the number of clients
/// @param fallsBack whether the rule is applied to this gateway alone while the token server does not decide; else it limits nothing then
/// @param windowMillis the time over which an embedded token server counts
/// @param parts into how many parts it divides that time
public record ClusterLimit(long flowId, boolean perMember, boolean fallsBack, int windowMillis, int parts) {
}
