package io.jigress.waf.operator;

import io.jigress.waf.geo.GeoDatabase;
import io.jigress.waf.geo.GeoPlace;
import io.jigress.waf.geo.GeoScope;
import io.jigress.waf.model.MacroScope;

/// `@geoLookup`: matches an address whose place is known, and sets GEO.
final class GeoLookup implements Operator {
    private static final int MAX_ADDRESS = 64;

    private final GeoDatabase database;

    GeoLookup(GeoDatabase database) {
        this.database = database;
    }

    @Override
    public boolean matches(byte[] bytes, int from, int to, MacroScope scope) {
        GeoPlace place = to - from > MAX_ADDRESS ? null : database.find(bytes, from, to, AddressSet::address);
        if (scope instanceof GeoScope places) {
            places.place(place);
        }
        return place != null;
    }
}
