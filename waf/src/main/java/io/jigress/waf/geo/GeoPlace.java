package io.jigress.waf.geo;

import io.jigress.waf.model.FieldName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a database knows of an address: the members of GEO, as ModSecurity names them.
public final class GeoPlace {
    private final FieldName[] names;
    private final byte[][] values;

    private GeoPlace(List<FieldName> names, List<byte[]> values) {
        this.names = names.toArray(FieldName[]::new);
        this.values = values.toArray(byte[][]::new);
    }

    /// How many members there are.
    public int size() {
        return names.length;
    }

    public FieldName name(int index) {
        return names[index];
    }

    /// In UTF-8; shared: do not write to it.
    public byte[] value(int index) {
        return values[index];
    }

    /// The place of a record in the layout of GeoLite2 and GeoIP2, Country or City. What the record lacks has no member.
    static GeoPlace of(Map<?, ?> record) {
        Builder place = new Builder();
        Map<?, ?> country = map(record.get("country"));
        String code = text(country.get("iso_code"));
        place.add("COUNTRY_CODE", code);
        place.add("COUNTRY_CODE3", code == null ? null : threeLetters(code));
        place.add("COUNTRY_NAME", name(country));
        place.add("COUNTRY_CONTINENT", text(map(record.get("continent")).get("code")));
        if (record.get("subdivisions") instanceof List<?> subdivisions && !subdivisions.isEmpty()) {
            place.add("REGION", text(map(subdivisions.getFirst()).get("iso_code")));
        }
        place.add("CITY", name(map(record.get("city"))));
        place.add("POSTAL_CODE", text(map(record.get("postal")).get("code")));
        Map<?, ?> location = map(record.get("location"));
        place.add("LATITUDE", degrees(location.get("latitude")));
        place.add("LONGITUDE", degrees(location.get("longitude")));
        place.add("DMA_CODE", location.get("metro_code") instanceof Number metro ? Long.toString(metro.longValue()) : null);
        return new GeoPlace(place.names, place.values);
    }

    private static final class Builder {
        private final List<FieldName> names = new ArrayList<>();
        private final List<byte[]> values = new ArrayList<>();

        void add(String name, @Nullable String value) {
            if (value != null) {
                names.add(FieldName.of(name));
                values.add(value.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static @Nullable String text(@Nullable Object value) {
        return value instanceof String text ? text : null;
    }

    private static @Nullable String name(Map<?, ?> of) {
        return text(map(of.get("names")).get("en"));
    }

    /// With six digits after the point, as ModSecurity writes them.
    private static @Nullable String degrees(@Nullable Object value) {
        return value instanceof Number number ? String.format(Locale.ROOT, "%.6f", number.doubleValue()) : null;
    }

    /// The files do not have it.
    private static @Nullable String threeLetters(String country) {
        try {
            return Locale.of("", country).getISO3Country();
        } catch (RuntimeException _) {
            return null;
        }
    }
}
