/// Places of addresses, from files in the format of MaxMind: `@geoLookup` and the collection GEO.
///
/// Reading order: [GeoDatabase], [GeoPlace].
@NullMarked
package io.jigress.waf.geo;

import org.jspecify.annotations.NullMarked;
