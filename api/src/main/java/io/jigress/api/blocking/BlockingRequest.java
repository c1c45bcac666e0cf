package io.jigress.api.blocking;

import io.jigress.api.Exchange;
import io.jigress.api.Headers;
import io.jigress.api.RequestHead;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A copy of a request that a [BlockingFilter] may read and change for as long as its call runs. The changes are made to the request when the call
/// returns [BlockingDecision.Continue]; those of a call that is late are discarded. For the thread of the call.
public final class BlockingRequest {
    private static final byte[] NONE = {};

    private final String method;
    private final String target;
    private final String path;
    private final String query;
    private final String authority;
    private final String scheme;
    private final String protocol;
    private final String id;
    private final String routeName;
    private final InetAddress clientAddress;
    private final RecordedHeaders headers;
    private final List<Consumer<RequestHead>> changes = new ArrayList<>(0);
    private final List<Map.Entry<String, String>> logFields = new ArrayList<>(0);
    private byte[] body = NONE;
    private byte @Nullable [] newBody;
    private @Nullable Object attachment;
    private boolean frozen;

    BlockingRequest(Exchange exchange) {
        RequestHead head = exchange.request();
        method = head.method();
        target = head.target();
        path = head.path();
        query = head.query();
        authority = head.authority();
        scheme = head.scheme();
        protocol = exchange.protocol();
        id = exchange.id();
        routeName = exchange.routeName();
        clientAddress = exchange.clientAddress();
        headers = new RecordedHeaders(head.headers());
    }

    /// As [RequestHead#method]; so are those that follow, each as it was when the call began.
    public String method() {
        return method;
    }

    public String target() {
        return target;
    }

    public String path() {
        return path;
    }

    public String query() {
        return query;
    }

    public String authority() {
        return authority;
    }

    public String scheme() {
        return scheme;
    }

    /// As [Exchange#protocol].
    public String protocol() {
        return protocol;
    }

    /// As [Exchange#id].
    public String id() {
        return id;
    }

    /// As [Exchange#routeName].
    public String routeName() {
        return routeName;
    }

    /// As [Exchange#clientAddress].
    public InetAddress clientAddress() {
        return clientAddress;
    }

    /// The fields, with the changes of this call.
    public Headers headers() {
        return headers;
    }

    /// The body; empty when the request has none, and when the filter does not see bodies ([BlockingLimits#requestBody]). Do not change the
    /// array.
    public byte[] body() {
        byte[] changed = newBody;
        return changed == null ? body : changed;
    }

    /// Replaces the body.
    ///
    /// @throws IllegalStateException when the filter does not see bodies
    public void body(byte[] bytes) {
        requireUnsent();
        if (body == NONE) {
            throw new IllegalStateException("the filter does not see bodies of requests (BlockingLimits.requestBody is 0)");
        }
        newBody = bytes;
    }

    /// As [RequestHead#target(String)]; so are those that follow.
    public void target(String changed) {
        if (!changed.startsWith("/") && !changed.equals("*")) {
            throw new IllegalArgumentException("target: \"" + changed + "\" (expected: a path and query that start with /)");
        }
        change(head -> head.target(changed));
    }

    public void authority(String changed) {
        change(head -> head.authority(changed));
    }

    public void method(String changed) {
        change(head -> head.method(changed));
    }

    private void change(Consumer<RequestHead> change) {
        requireUnsent();
        changes.add(change);
    }

    private void requireUnsent() {
        if (frozen) {
            throw new IllegalStateException("the request was sent");
        }
    }

    /// Adds a field to the access log, as [Exchange#logField]; the call's decision may be either.
    public void logField(String name, String value) {
        logFields.add(Map.entry(name, value));
    }

    /// What the filter keeps from [BlockingFilter#onRequest] for [BlockingFilter#onResponse].
    public @Nullable Object attachment() {
        return attachment;
    }

    public void attach(@Nullable Object object) {
        attachment = object;
    }

    // ---- for the event loop

    /// @param bytes of its own, even of an empty body
    void received(byte[] bytes) {
        body = bytes;
    }

    void freeze() {
        frozen = true;
        headers.freeze();
    }

    List<Consumer<RequestHead>> takeChanges() {
        List<Consumer<RequestHead>> all = new ArrayList<>(changes);
        headers.changes().forEach(change -> all.add(head -> change.accept(head.headers())));
        return all;
    }

    List<Map.Entry<String, String>> takeLogFields() {
        List<Map.Entry<String, String>> all = List.copyOf(logFields);
        logFields.clear();
        return all;
    }

    byte @Nullable [] changedBody() {
        return newBody;
    }
}
