/// The filter `grpc-json-transcoder`: methods of gRPC services as HTTP with JSON, by the rules of google.api.http.
@NullMarked
package io.jigress.grpcjson;

import org.jspecify.annotations.NullMarked;
