package @PACKAGE@;

/// The configuration.
///
/// @param word the value of the header
public record @CLASS@Config(String word) {}
