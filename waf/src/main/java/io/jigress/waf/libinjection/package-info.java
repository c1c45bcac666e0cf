/// Detection of SQL injection and cross-site scripting by the method of libinjection: the input is split into tokens, and their sequence
/// decides. The data is libinjection's; see LICENSE.txt among the resources.
@NullMarked
package io.jigress.waf.libinjection;

import org.jspecify.annotations.NullMarked;
