/// Starts Sentinel's library without its log files, metric files and console output.
@NullMarked
package io.jigress.sentinel.library;

import org.jspecify.annotations.NullMarked;
