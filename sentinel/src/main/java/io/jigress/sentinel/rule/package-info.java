/// The rules as data, and how they are read from JSON: field names and numbers are those of Sentinel and of its gateway adapter.
@NullMarked
package io.jigress.sentinel.rule;

import org.jspecify.annotations.NullMarked;
