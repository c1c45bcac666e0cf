/// Match rules: one Plugin with several configurations of its filter, chosen per request by route or host.
@NullMarked
package io.jigress.filters.matchrules;

import org.jspecify.annotations.NullMarked;
