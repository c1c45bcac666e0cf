/// The filter `grpc-web`: calls of browsers become calls of gRPC.
@NullMarked
package io.jigress.filters.grpcweb;

import org.jspecify.annotations.NullMarked;
