package io.jigress.dubbo.type;

import java.util.List;

/// The classes that represent JDK types in Dubbo's Hessian, with their fields. Here they are only names to write and read.
final class Handles {
    private static final String HESSIAN = "com.alibaba.com.caucho.hessian.io.";
    private static final String JAVA8 = HESSIAN + "java8.";

    static final String BYTE = HESSIAN + "ByteHandle";
    static final String SHORT = HESSIAN + "ShortHandle";
    static final String FLOAT = HESSIAN + "FloatHandle";
    static final String LOCALE = HESSIAN + "LocaleHandle";
    static final String CALENDAR = HESSIAN + "CalendarHandle";
    static final String ENUM_SET = HESSIAN + "EnumSetHandler";
    static final String INSTANT = JAVA8 + "InstantHandle";
    static final String LOCAL_DATE = JAVA8 + "LocalDateHandle";
    static final String LOCAL_TIME = JAVA8 + "LocalTimeHandle";
    static final String LOCAL_DATE_TIME = JAVA8 + "LocalDateTimeHandle";
    static final String OFFSET_DATE_TIME = JAVA8 + "OffsetDateTimeHandle";
    static final String OFFSET_TIME = JAVA8 + "OffsetTimeHandle";
    static final String ZONED_DATE_TIME = JAVA8 + "ZonedDateTimeHandle";
    static final String YEAR = JAVA8 + "YearHandle";
    static final String YEAR_MONTH = JAVA8 + "YearMonthHandle";
    static final String MONTH_DAY = JAVA8 + "MonthDayHandle";
    static final String DURATION = JAVA8 + "DurationHandle";
    static final String PERIOD = JAVA8 + "PeriodHandle";
    static final String ZONE_ID = JAVA8 + "ZoneIdHandle";
    static final String ZONE_OFFSET = JAVA8 + "ZoneOffsetHandle";

    static final List<String> VALUE = List.of("value");
    static final List<String> PRIMITIVE_VALUE = List.of("_value");
    static final List<String> NAME = List.of("name");

    private Handles() {}
}
