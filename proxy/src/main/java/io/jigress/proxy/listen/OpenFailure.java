package io.jigress.proxy.listen;

/// Why a listener could not be opened.
///
/// @param what as readable text: `cannot listen on port 80: …`
/// @param addressMissing whether the machine does not have the address, so that no other port would work either
public record OpenFailure(String what, boolean addressMissing) {}
