package io.jigress.sentinel.engine;

import io.jigress.sentinel.cluster.TokenRequest;

/// A token of a token server that a request needs on one of its resources.
///
/// @param index of the check in the guard of the resource
public record Token(Pass pass, int index, TokenRequest request) {}
