/// Variables, and strings that contain variables (macros).
@NullMarked
package io.jigress.waf.model;

import org.jspecify.annotations.NullMarked;
