/// Detection of SQL injection and cross-site scripting by the method of libinjection: the input becomes tokens, and what their
/// sequence says decides. The data is libinjection's; see LICENSE.txt among the resources.
@NullMarked
package io.jigress.waf.libinjection;

import org.jspecify.annotations.NullMarked;
