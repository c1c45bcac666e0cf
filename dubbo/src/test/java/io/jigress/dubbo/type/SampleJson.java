package io.jigress.dubbo.type;

import java.util.HashMap;
import java.util.Map;

/// The JSON of each value of the samples; where the response differs, it follows after ` ⇒ `.
final class SampleJson {
    private static final String ARROW = " ⇒ ";
    private static final Map<String, String> JSON = json();

    private SampleJson() {}

    static String request(String name) {
        return text(name).split(ARROW)[0];
    }

    static String response(String name) {
        return text(name).replaceFirst(".*" + ARROW, "");
    }

    private static String text(String name) {
        return JSON.getOrDefault(name, "");
    }

    private static Map<String, String> json() {
        Map<String, String> json = new HashMap<>();
        for (String line : """
                primitiveBoolean true
                boxedBoolean false
                primitiveByte -128
                boxedByte 127
                primitiveShort -32768
                boxedShort 7
                primitiveInt -2147483648
                boxedInt 2147483647
                primitiveLong -9223372036854775808
                boxedLong 9007199254740993
                smallLong 5
                primitiveFloat 0.1
                boxedFloat 3.4028235e38 ⇒ 3.4028235E38
                primitiveDouble 0.1
                boxedDouble -1.5e300 ⇒ -1.5E300
                primitiveChar "x"
                boxedChar "中"
                text "a \\"quoted\\" text,\\n中 and 😀"
                bigDecimal 12345678901234567890.1200
                bigInteger -123456789012345678901234567890
                number 5000000000
                constant "RED"
                constantWithBody "GREEN"
                dayOfWeek "MONDAY"
                date "2026-01-02T12:04:05.678Z"
                sqlDate "2026-01-02" ⇒ "2026-01-02T00:00:00Z"
                sqlTime "12:00:00" ⇒ "1970-01-01T12:00:00Z"
                sqlTimestamp "2026-01-02 12:04:05.678" ⇒ "2026-01-02T12:04:05.678Z"
                calendar "2026-01-02T12:04:05.678Z"
                instant "2026-01-02T12:04:05.123456789Z"
                localDate "2026-01-02"
                localTime "12:04:05.678"
                localDateTime "2026-01-02T12:04:05"
                offsetDateTime "2026-01-02T12:04:05+02:00"
                offsetTime "12:04:05+02:00"
                zonedDateTime "2026-01-02T12:04:05+01:00[Europe/Paris]"
                year 2026
                yearMonth "2026-01"
                monthDay "--01-02"
                duration "PT1M30.5S"
                period "P1Y2M3D"
                zoneId "Europe/Paris"
                zoneOffset "+01:00"
                uuid "11111111-2222-3333-4444-555555555555"
                locale "zh_CN"
                currency "CHF"
                uri "https://example.com/a?b=c"
                bytes "AAH/"
                chars "ab"
                booleans [true,false]
                shorts [1,-2]
                ints [1,2,3]
                longs [1,9007199254740993]
                floats [0.1,0.25]
                doubles [1.5,0.1]
                matrix [[1,2],[],[3]]
                texts ["a",null,"b"]
                boxedLongs [1,null]
                decimals [1.50]
                constants ["RED","GREEN"]
                items [{"name":"a","count":2,"price":1.50},{"name":"b","count":3,"price":2}]
                listOfInteger [1,2]
                listOfLong [1,9007199254740993]
                listOfShort [1]
                listOfByte [1]
                listOfFloat [1.5]
                listOfDouble [1.0,0.1]
                listOfCharacter ["a"]
                listOfBigDecimal [1.50]
                listOfLocalDate ["2026-01-02"]
                listOfConstant ["RED"]
                listOfBean [{"name":"a","count":2,"price":1.50},{"name":"b","count":3,"price":2}]
                listOfList [[1],[]]
                listOfWildcard [1,5000000000,1.5]
                setOfText ["a","b"]
                sortedSet [2,1] ⇒ [1,2]
                mapToLong {"a":1}
                mapFromInteger {"1":"a"}
                mapFromLong {"1":{"name":"a","count":2,"price":1.50}}
                mapFromConstant {"RED":1}
                mapFromDate {"2026-01-02":true}
                mapFromBean [{"key":{"name":"a","count":2,"price":1.50},"value":"x"}]
                mapOfListOfMap {"a":[{"b":1}]}
                mapOfObject {"int":1,"long":5000000000,"double":1.5,"text":"a","flag":true,"list":[1],"null":null}
                object {"a":1}
                bean {"name":"a","count":2,"price":1.50}
                partOfBean {"name":"a","count":null}
                nestedBean {"id":9007199254740993,"customer":5,"shelf":3,"weight":0.1,"size":"L","color":"GREEN",\
                "placed":"2026-01-02T12:04:05","items":[{"name":"a","count":2,"price":1.50}],"stock":{"RED":4},\
                "address":{"city":"Bern","floor":2}}
                recursiveBean {"value":1,"next":{"value":2,"next":null,"children":[]},"children":[]}
                genericBean {"number":3,"content":[{"name":"a","count":2,"price":1.50}]}
                record {"x":1,"y":2}
                optional "a"
                future "a"
                nothing "a" ⇒ null
                """.split("\n")) {
            String[] parts = line.split(" ", 2);
            json.put(parts[0], parts[1]);
        }
        return json;
    }
}
