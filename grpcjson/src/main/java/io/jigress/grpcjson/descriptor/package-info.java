/// Messages, enums and methods of Protocol Buffers in the form that transcoding reads, compiled from a descriptor set. Start with [Schema].
@NullMarked
package io.jigress.grpcjson.descriptor;

import org.jspecify.annotations.NullMarked;
