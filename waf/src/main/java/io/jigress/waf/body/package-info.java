/// The request body processors: URLENCODED, MULTIPART, JSON, XML.
@NullMarked
package io.jigress.waf.body;

import org.jspecify.annotations.NullMarked;
