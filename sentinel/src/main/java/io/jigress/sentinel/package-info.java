/// The filter `sentinel`: flow, hot-parameter, degrade, system and authority rules of Sentinel, enforced on routes and API groups.
///
/// `rule` is the model and how it is read from JSON, `engine` decides and counts, `library` keeps Sentinel's own logging, files and
/// threads switched off.
@NullMarked
package io.jigress.sentinel;

import org.jspecify.annotations.NullMarked;
