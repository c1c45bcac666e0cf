package io.jigress.dubbo.sample;

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
import java.util.Calendar;
import java.util.Currency;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// A method per type, which returns its argument. The method `seen` returns the argument of the last call.
@SuppressWarnings("JavaUtilDate")
public interface TypeService {
    String seen();

    boolean primitiveBoolean(boolean value);

    Boolean boxedBoolean(Boolean value);

    byte primitiveByte(byte value);

    Byte boxedByte(Byte value);

    short primitiveShort(short value);

    Short boxedShort(Short value);

    int primitiveInt(int value);

    Integer boxedInt(Integer value);

    long primitiveLong(long value);

    Long boxedLong(Long value);

    Long smallLong(Long value);

    float primitiveFloat(float value);

    Float boxedFloat(Float value);

    double primitiveDouble(double value);

    Double boxedDouble(Double value);

    char primitiveChar(char value);

    Character boxedChar(Character value);

    String text(String value);

    BigDecimal bigDecimal(BigDecimal value);

    BigInteger bigInteger(BigInteger value);

    Number number(Number value);

    Color constant(Color value);

    Color constantWithBody(Color value);

    DayOfWeek dayOfWeek(DayOfWeek value);

    Date date(Date value);

    java.sql.Date sqlDate(java.sql.Date value);

    java.sql.Time sqlTime(java.sql.Time value);

    java.sql.Timestamp sqlTimestamp(java.sql.Timestamp value);

    Calendar calendar(Calendar value);

    Instant instant(Instant value);

    LocalDate localDate(LocalDate value);

    LocalTime localTime(LocalTime value);

    LocalDateTime localDateTime(LocalDateTime value);

    OffsetDateTime offsetDateTime(OffsetDateTime value);

    OffsetTime offsetTime(OffsetTime value);

    ZonedDateTime zonedDateTime(ZonedDateTime value);

    Year year(Year value);

    YearMonth yearMonth(YearMonth value);

    MonthDay monthDay(MonthDay value);

    Duration duration(Duration value);

    Period period(Period value);

    ZoneId zoneId(ZoneId value);

    ZoneOffset zoneOffset(ZoneOffset value);

    UUID uuid(UUID value);

    Locale locale(Locale value);

    Currency currency(Currency value);

    URI uri(URI value);

    byte[] bytes(byte[] value);

    char[] chars(char[] value);

    boolean[] booleans(boolean[] value);

    short[] shorts(short[] value);

    int[] ints(int[] value);

    long[] longs(long[] value);

    float[] floats(float[] value);

    double[] doubles(double[] value);

    int[][] matrix(int[][] value);

    String[] texts(String[] value);

    Long[] boxedLongs(Long[] value);

    BigDecimal[] decimals(BigDecimal[] value);

    Color[] constants(Color[] value);

    Item[] items(Item[] value);

    List<Integer> listOfInteger(List<Integer> value);

    List<Long> listOfLong(List<Long> value);

    List<Short> listOfShort(List<Short> value);

    List<Byte> listOfByte(List<Byte> value);

    List<Float> listOfFloat(List<Float> value);

    List<Double> listOfDouble(List<Double> value);

    List<Character> listOfCharacter(List<Character> value);

    List<BigDecimal> listOfBigDecimal(List<BigDecimal> value);

    List<LocalDate> listOfLocalDate(List<LocalDate> value);

    List<Color> listOfConstant(List<Color> value);

    List<Item> listOfBean(List<Item> value);

    List<List<Long>> listOfList(List<List<Long>> value);

    List<? extends Number> listOfWildcard(List<? extends Number> value);

    Set<String> setOfText(Set<String> value);

    SortedSet<Integer> sortedSet(SortedSet<Integer> value);

    Map<String, Long> mapToLong(Map<String, Long> value);

    Map<Integer, String> mapFromInteger(Map<Integer, String> value);

    Map<Long, Item> mapFromLong(Map<Long, Item> value);

    Map<Color, Integer> mapFromConstant(Map<Color, Integer> value);

    Map<LocalDate, Boolean> mapFromDate(Map<LocalDate, Boolean> value);

    Map<Item, String> mapFromBean(Map<Item, String> value);

    Map<String, List<Map<String, Long>>> mapOfListOfMap(Map<String, List<Map<String, Long>>> value);

    Map<String, Object> mapOfObject(Map<String, Object> value);

    Object object(Object value);

    Item bean(Item value);

    Item partOfBean(Item value);

    Order nestedBean(Order value);

    Node recursiveBean(Node value);

    Page<Item> genericBean(Page<Item> value);

    Point record(Point value);

    Optional<String> optional(Optional<String> value);

    CompletableFuture<String> future(String value);

    void nothing(String value);

    String overloaded(int value);

    String overloaded(long value);

    String overloaded(Integer value);

    String overloaded(String value);

    String overloaded(List<String> value);

    String two(String first, long second);

    String fails(String how) throws OutOfStock;

    String attachment(String name);

    String sleeps(long millis) throws InterruptedException;

    String large(int length);
}
