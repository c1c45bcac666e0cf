/// `jigress push`: writes a folder of configuration to a configuration server.
@NullMarked
package io.jigress.app.push;

import org.jspecify.annotations.NullMarked;
