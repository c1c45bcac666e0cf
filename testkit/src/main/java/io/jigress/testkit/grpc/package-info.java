/// A gRPC server and client of grpc-java whose messages are bytes: tests need no generated code.
@NullMarked
package io.jigress.testkit.grpc;

import org.jspecify.annotations.NullMarked;
