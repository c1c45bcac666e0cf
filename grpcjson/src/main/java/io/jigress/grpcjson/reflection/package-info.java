/// Asks a gRPC server for its descriptors (grpc.reflection.v1).
@NullMarked
package io.jigress.grpcjson.reflection;

import org.jspecify.annotations.NullMarked;
