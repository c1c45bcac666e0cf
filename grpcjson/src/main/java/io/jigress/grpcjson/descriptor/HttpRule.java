package io.jigress.grpcjson.descriptor;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.util.ArrayList;
import java.util.List;

/// A rule of google.api.http: the HTTP requests that call a method. Additional bindings are rules of their own.
///
/// @param method in upper case; `*` for any
/// @param path the template
/// @param body the field that the body is read to; `*` for the whole message, empty for none
/// @param responseBody the field that is the body of the response; empty for the whole message
public record HttpRule(String method, String path, String body, String responseBody) {
    /// The number of the option google.api.http.
    static final int EXTENSION = 72295728;
    private static final int CUSTOM = 8;
    private static final List<String> METHODS = List.of("GET", "PUT", "POST", "DELETE", "PATCH");
    /// Of the method GET; the others follow.
    private static final int FIRST = 2;

    /// Reads a message google.api.HttpRule, with its additional bindings.
    static List<HttpRule> read(ByteString bytes) throws InvalidProtocolBufferException {
        List<HttpRule> rules = new ArrayList<>();
        UnknownFieldSet rule = UnknownFieldSet.parseFrom(bytes);
        rules.add(one(rule));
        for (ByteString additional : rule.getField(11).getLengthDelimitedList()) {
            rules.add(one(UnknownFieldSet.parseFrom(additional)));
        }
        return rules;
    }

    private static HttpRule one(UnknownFieldSet rule) throws InvalidProtocolBufferException {
        String method = "";
        String path = "";
        for (int i = 0; i < METHODS.size(); i++) {
            if (rule.hasField(FIRST + i)) {
                method = METHODS.get(i);
                path = text(rule, FIRST + i);
            }
        }
        if (rule.hasField(CUSTOM)) {
            UnknownFieldSet custom = UnknownFieldSet.parseFrom(last(rule, CUSTOM));
            method = text(custom, 1);
            path = text(custom, 2);
        }
        return new HttpRule(method, path, text(rule, 7), text(rule, 12));
    }

    private static String text(UnknownFieldSet message, int number) {
        return last(message, number).toStringUtf8();
    }

    private static ByteString last(UnknownFieldSet message, int number) {
        List<ByteString> values = message.getField(number).getLengthDelimitedList();
        return values.isEmpty() ? ByteString.EMPTY : values.getLast();
    }
}
