package io.jigress.plugins.lua;

import io.jigress.api.Services;
import io.jigress.plugins.lua.lib.Library;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.Nil;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// The functions of `ngx` that need no request: time, encodings, digests.
final class NgxFunctions {
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("yyyy-MM-dd", Locale.ROOT);
    private static final DateTimeFormatter SECOND = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter HTTP = DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter COOKIE = DateTimeFormatter.ofPattern("EEE, dd-MMM-yy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private NgxFunctions() {}

    static void install(Library ngx, Services services) {
        ZoneId zone = ZoneId.systemDefault();
        ngx.put("time", call -> call.ret((double) services.now().getEpochSecond()))
                .put("now", call -> call.ret(services.now().toEpochMilli() / 1000.0)).put("update_time", _ -> {})
                .put("today", call -> call.text(DAY.format(services.now().atZone(zone))))
                .put("localtime", call -> call.text(SECOND.format(services.now().atZone(zone))))
                .put("utctime", call -> call.text(SECOND.format(services.now().atZone(ZoneOffset.UTC))))
                .put("http_time", call -> call.text(HTTP.format(instant(call))))
                .put("cookie_time", call -> call.text(COOKIE.format(
                        instant(call))))
                .put("parse_http_time", NgxFunctions::parseHttpTime)
                .put("md5", call -> call.text(Encodings.hex(digest(call, "MD5"))))
                .put("md5_bin", call -> call.text(Encodings.string(digest(call, "MD5"))))
                .put("sha1_bin", call -> call.text(Encodings.string(digest(call, "SHA-1"))))
                .put("hmac_sha1", call -> {
                    call.meter().work(100 + call.string(2).length() / 4);
                    call.text(Encodings.string(Encodings.hmac("HmacSHA1", call.string(1), call.string(2))));
                }).put("crc32_short", NgxFunctions::crc).put("crc32_long", NgxFunctions::crc)
                .put("encode_base64", call -> {
                    call.meter().work(text(call).length() / 8);
                    String text = Encodings.base64(text(call));
                    call.text(call.bool(2) ? text.replace("=", "") : text);
                }).put("decode_base64", call -> {
                    call.meter().work(call.string(1).length() / 8);
                    string(call, Encodings.fromBase64(call.string(1)));
                }).put("escape_uri", call -> {
                    call.meter().work(text(call).length() / 2);
                    call.text(call.integer(2, 2) == 0 ? Encodings.escapeUri(text(call)) : Encodings.escape(text(call)));
                }).put("unescape_uri", call -> {
                    call.meter().work(text(call).length() / 2);
                    call.text(Encodings.unescape(text(call), true));
                }).put("encode_args", call -> call.text(Arguments.encode(call, call.table(1))))
                .put("decode_args", call -> call.ret(Arguments.decode(call, call.string(1), call.integer(2, 100))))
                .put("quote_sql_str", NgxFunctions::quoteSql);
    }

    /// The first argument; nil is the empty string, as in OpenResty.
    private static String text(Call call) {
        return call.string(1, "");
    }

    private static void string(Call call, @Nullable String text) {
        if (text == null) {
            call.ret(Nil.NIL);
        } else {
            call.text(text);
        }
    }

    private static Instant instant(Call call) {
        try {
            return Instant.ofEpochSecond((long) call.number(1));
        } catch (DateTimeException _) {
            throw call.bad(1, "time out of range");
        }
    }

    private static byte[] digest(Call call, String algorithm) {
        String text = text(call);
        call.meter().work(50 + text.length() / 4);
        return Encodings.digest(algorithm, text);
    }

    private static void parseHttpTime(Call call) {
        try {
            call.ret((double) Instant.from(HTTP.parse(call.string(1))).getEpochSecond());
        } catch (DateTimeException _) {
            call.ret(Nil.NIL);
        }
    }

    private static void crc(Call call) {
        call.meter().work(text(call).length() / 16);
        CRC32 sum = new CRC32();
        sum.update(Encodings.raw(text(call)));
        call.ret((double) sum.getValue());
    }

    private static void quoteSql(Call call) {
        String text = call.string(1);
        call.meter().work(text.length() / 2);
        StringBuilder out = new StringBuilder("'");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\0' -> out.append("\\0");
                case '\b' -> out.append("\\b");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case 26 -> out.append("\\Z");
                case '\\', '\'', '"' -> out.append('\\').append(c);
                default -> out.append(c);
            }
        }
        call.text(out.append('\'').toString());
    }
}
