package io.jigress.waf;

/// The limits of one transaction. Reaching a limit ends the transaction with an [Interruption] that names it.
///
/// @param transactionBytes  bytes of all values and their transformed forms, and of one kept body
/// @param values            values and transformed values
/// @param arguments         arguments of one request, `SecArgumentsLimit` of ModSecurity
/// @param parts             parts of one multipart body
/// @param xmlDepth          nested elements of an XML body
/// @param recordedMatches   recorded matches; later ones take effect and are not recorded
/// @param transactionFields members of TX
public record WafLimits(int transactionBytes, int values, int arguments, int parts, int xmlDepth, int recordedMatches,
        int transactionFields) {
    public static final WafLimits DEFAULT = new WafLimits(64 * 1024 * 1024, 500_000, 1000, 1000, 512, 200, 5000);
}
