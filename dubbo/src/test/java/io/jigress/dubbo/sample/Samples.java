package io.jigress.dubbo.sample;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.Collection;
import java.util.Currency;
import java.util.Date;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;

/// A value for each method of [TypeService], as a Java consumer passes it, and the description of values including their classes.
@SuppressWarnings("JavaUtilDate")
public final class Samples {
    private Samples() {}

    public static Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("primitiveBoolean", true);
        values.put("boxedBoolean", false);
        values.put("primitiveByte", (byte) -128);
        values.put("boxedByte", (byte) 127);
        values.put("primitiveShort", (short) -32768);
        values.put("boxedShort", (short) 7);
        values.put("primitiveInt", Integer.MIN_VALUE);
        values.put("boxedInt", 2147483647);
        values.put("primitiveLong", Long.MIN_VALUE);
        values.put("boxedLong", 9007199254740993L);
        values.put("smallLong", 5L);
        values.put("primitiveFloat", 0.1f);
        values.put("boxedFloat", 3.4028235e38f);
        values.put("primitiveDouble", 0.1);
        values.put("boxedDouble", -1.5e300);
        values.put("primitiveChar", 'x');
        values.put("boxedChar", '中');
        values.put("text", "a \"quoted\" text,\n中 and 😀");
        values.put("bigDecimal", new BigDecimal("12345678901234567890.1200"));
        values.put("bigInteger", new BigInteger("-123456789012345678901234567890"));
        values.put("number", 5_000_000_000L);
        values.put("constant", Color.RED);
        values.put("constantWithBody", Color.GREEN);
        values.put("dayOfWeek", DayOfWeek.MONDAY);
        values.put("date", new Date(1_767_355_445_678L));
        values.put("sqlDate", new java.sql.Date(1_767_312_000_000L));
        values.put("sqlTime", new java.sql.Time(43_200_000));
        values.put("sqlTimestamp", new java.sql.Timestamp(1_767_355_445_678L));
        Calendar calendar = Calendar.getInstance();
        calendar.setTimeInMillis(1_767_355_445_678L);
        values.put("calendar", calendar);
        values.put("instant", Instant.ofEpochSecond(1_767_355_445L, 123_456_789));
        values.put("localDate", LocalDate.of(2026, 1, 2));
        values.put("localTime", LocalTime.of(12, 4, 5, 678_000_000));
        values.put("localDateTime", LocalDateTime.of(2026, 1, 2, 12, 4, 5));
        values.put("offsetDateTime", OffsetDateTime.of(2026, 1, 2, 12, 4, 5, 0, ZoneOffset.ofHours(2)));
        values.put("offsetTime", OffsetTime.of(12, 4, 5, 0, ZoneOffset.ofHours(2)));
        values.put("zonedDateTime", ZonedDateTime.of(2026, 1, 2, 12, 4, 5, 0, ZoneId.of("Europe/Paris")));
        values.put("year", Year.of(2026));
        values.put("yearMonth", YearMonth.of(2026, 1));
        values.put("monthDay", MonthDay.of(1, 2));
        values.put("duration", Duration.ofMillis(90_500));
        values.put("period", Period.of(1, 2, 3));
        values.put("zoneId", ZoneId.of("Europe/Paris"));
        values.put("zoneOffset", ZoneOffset.ofHours(1));
        values.put("uuid", UUID.fromString("11111111-2222-3333-4444-555555555555"));
        values.put("locale", Locale.CHINA);
        values.put("currency", Currency.getInstance("CHF"));
        values.put("uri", URI.create("https://example.com/a?b=c"));
        values.put("bytes", new byte[] {0, 1, -1});
        values.put("chars", new char[] {'a', 'b'});
        values.put("booleans", new boolean[] {true, false});
        values.put("shorts", new short[] {1, -2});
        values.put("ints", new int[] {1, 2, 3});
        values.put("longs", new long[] {1, 9007199254740993L});
        values.put("floats", new float[] {0.1f, 0.25f});
        values.put("doubles", new double[] {1.5, 0.1});
        values.put("matrix", new int[][] {{1, 2}, {}, {3}});
        values.put("texts", new String[] {"a", null, "b"});
        values.put("boxedLongs", new Long[] {1L, null});
        values.put("decimals", new BigDecimal[] {new BigDecimal("1.50")});
        values.put("constants", new Color[] {Color.RED, Color.GREEN});
        values.put("items", new Item[] {item("a", 2, "1.50"), item("b", 3, "2")});
        values.put("listOfInteger", new ArrayList<>(List.of(1, 2)));
        values.put("listOfLong", new ArrayList<>(List.of(1L, 9007199254740993L)));
        values.put("listOfShort", new ArrayList<>(List.of((short) 1)));
        values.put("listOfByte", new ArrayList<>(List.of((byte) 1)));
        values.put("listOfFloat", new ArrayList<>(List.of(1.5f)));
        values.put("listOfDouble", new ArrayList<>(List.of(1.0, 0.1)));
        values.put("listOfCharacter", new ArrayList<>(List.of('a')));
        values.put("listOfBigDecimal", new ArrayList<>(List.of(new BigDecimal("1.50"))));
        values.put("listOfLocalDate", new ArrayList<>(List.of(LocalDate.of(2026, 1, 2))));
        values.put("listOfConstant", new ArrayList<>(List.of(Color.RED)));
        values.put("listOfBean", new ArrayList<>(List.of(item("a", 2, "1.50"), item("b", 3, "2"))));
        values.put("listOfList", new ArrayList<>(List.of(new ArrayList<>(List.of(1L)), new ArrayList<>())));
        values.put("listOfWildcard", new ArrayList<>(List.of(1, 5_000_000_000L, 1.5)));
        values.put("setOfText", new HashSet<>(List.of("a", "b")));
        values.put("sortedSet", new TreeSet<>(List.of(2, 1)));
        values.put("mapToLong", new HashMap<>(Map.of("a", 1L)));
        values.put("mapFromInteger", new HashMap<>(Map.of(1, "a")));
        values.put("mapFromLong", new HashMap<>(Map.of(1L, item("a", 2, "1.50"))));
        values.put("mapFromConstant", new HashMap<>(new EnumMap<>(Map.of(Color.RED, 1))));
        values.put("mapFromDate", new HashMap<>(Map.of(LocalDate.of(2026, 1, 2), true)));
        values.put("mapFromBean", new HashMap<>(Map.of(item("a", 2, "1.50"), "x")));
        values.put("mapOfListOfMap", new HashMap<>(Map.of("a", new ArrayList<>(List.of(new HashMap<>(Map.of("b", 1L)))))));
        Map<String, Object> objects = new HashMap<>(
                Map.of("int", 1, "long", 5_000_000_000L, "double", 1.5, "text", "a", "flag", true,
                        "list", new ArrayList<>(List.of(1))));
        objects.put("null", null);
        values.put("mapOfObject", objects);
        values.put("object", new HashMap<>(Map.of("a", 1)));
        values.put("bean", item("a", 2, "1.50"));
        values.put("partOfBean", part());
        values.put("nestedBean", order());
        values.put("recursiveBean", node(1, node(2, null)));
        Page<Item> page = new Page<>();
        page.setNumber(3);
        page.setContent(new ArrayList<>(List.of(item("a", 2, "1.50"))));
        values.put("genericBean", page);
        values.put("record", new Point(1, 2L));
        values.put("optional", Optional.of("a"));
        values.put("future", "a");
        values.put("nothing", "a");
        return values;
    }

    public static Item item(String name, int count, String price) {
        Item item = new Item();
        item.setName(name);
        item.setCount(count);
        item.setPrice(new BigDecimal(price));
        return item;
    }

    private static Item part() {
        Item item = item("a", 1, "1");
        item.setCount(null);
        return item;
    }

    private static Order order() {
        Order order = new Order();
        order.setId(9007199254740993L);
        order.setCustomer(5L);
        order.setShelf((short) 3);
        order.setWeight(0.1f);
        order.setSize('L');
        order.setColor(Color.GREEN);
        order.setPlaced(LocalDateTime.of(2026, 1, 2, 12, 4, 5));
        order.setItems(new ArrayList<>(List.of(item("a", 2, "1.50"))));
        order.setStock(new HashMap<>(new EnumMap<>(Map.of(Color.RED, 4))));
        Order.Address address = new Order.Address();
        address.setCity("Bern");
        address.setFloor((byte) 2);
        order.setAddress(address);
        return order;
    }

    private static Node node(int value, Node next) {
        Node node = new Node();
        node.setValue(value);
        node.setNext(next);
        node.setChildren(new ArrayList<>());
        return node;
    }

    /// A value with the classes of all that it holds, in one line.
    public static String describe(Object value) {
        return switch (value) {
            case null -> "null";
            case Calendar calendar -> "Calendar " + calendar.getTimeInMillis();
            case Date date -> date.getClass().getName() + " " + date.getTime();
            case Collection<?> all -> all.getClass().getSimpleName()
                    + (all instanceof HashSet<?>
                            ? all.stream().map(Samples::describe).sorted().toList()
                            : all.stream().map(Samples::describe).toList());
            case Map<?, ?> map -> map.getClass().getSimpleName()
                    + map.entrySet().stream().map(e -> describe(e.getKey()) + ": " + describe(e.getValue())).sorted().toList();
            case Optional<?> optional -> "Optional of " + describe(optional.orElse(null));
            default -> value.getClass().isArray() ? array(value) : object(value);
        };
    }

    private static String array(Object array) {
        List<String> items = new ArrayList<>();
        for (int i = 0; i < Array.getLength(array); i++) {
            items.add(describe(Array.get(array, i)));
        }
        return array.getClass().getSimpleName() + items;
    }

    private static String object(Object value) {
        if (value instanceof Enum<?> constant) {
            return constant.getDeclaringClass().getSimpleName() + " " + constant.name();
        }
        if (!value.getClass().getName().startsWith("io.jigress.")) {
            return value.getClass().getSimpleName() + " " + String.valueOf(value).replace('\n', '|');
        }
        List<String> fields = new ArrayList<>();
        for (Field field : value.getClass().getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                continue;
            }
            try {
                field.setAccessible(true);
                fields.add(field.getName() + "=" + describe(field.get(value)));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
        return value.getClass().getSimpleName() + fields;
    }
}
