/// The filter `grpc-web`: translates gRPC-Web calls of browsers to gRPC.
@NullMarked
package io.jigress.filters.grpcweb;

import org.jspecify.annotations.NullMarked;
