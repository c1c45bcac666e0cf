package io.jigress.proxy.listen;

/// Why a listener could not be opened.
///
/// @param what for people: `cannot listen on port 80: …`
/// @param addressMissing whether the machine does not have the address, so that another port would not help
public record OpenFailure(String what, boolean addressMissing) {}
