/// `jigress waf`: tests and tunes rules of the web application firewall.
@NullMarked
package io.jigress.app.waf;

import org.jspecify.annotations.NullMarked;
