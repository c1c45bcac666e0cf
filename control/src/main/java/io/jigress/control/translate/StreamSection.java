package io.jigress.control.translate;

/// A listener whose connections or datagrams carry no HTTP.
///
/// @param section the listener
/// @param terminated whether TLS is terminated
record StreamSection(String section, boolean terminated) {}
