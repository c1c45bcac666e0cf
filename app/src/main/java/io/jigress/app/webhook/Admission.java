package io.jigress.app.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.control.JsonParser;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.translate.ObjectCheck;
import java.util.List;
import java.util.stream.Collectors;

/// Decides whether the API server may store an object (AdmissionReview, admission.k8s.io/v1): an object with errors is refused. References to objects
/// that do not exist are allowed, since these may be applied next. For several threads.
final class Admission {
    private static final int PROBLEMS_SHOWN = 10;
    /// The limit of one warning, in characters, since Kubernetes truncates warnings when their total length is too large.
    private static final int WARNING_CHARS = 400;

    private final ObjectCheck check;

    Admission(ObjectCheck check) {
        this.check = check;
    }

    /// The response to a review. When the review itself cannot be read, the object is allowed.
    Json answer(Json review) {
        JsonReader request = JsonReader.of("", review).object("request");
        JsonReader kind = request.object("kind");
        ResourceKey key = new ResourceKey(kind.text("group", ""), kind.text("kind", ""), request.text("namespace", ""),
                request.text("name", ""));
        Json object = request.object("object").json();
        List<Problem> problems = check.checks(key) && !isOnlyMetadata(request)
                ? check.problems(new Resource(key, kind.text("version", "v1"), 0, "", object.toString().getBytes(UTF_8)))
                : List.of();
        List<Problem> errors = problems.stream().filter(problem -> problem.severity() == Severity.ERROR).toList();
        Json.Builder response = Json.object().put("uid", request.text("uid", "")).put("allowed", errors.isEmpty());
        if (!errors.isEmpty()) {
            String message = errors.stream().limit(PROBLEMS_SHOWN).map(Admission::text).collect(Collectors.joining("; "))
                    + (errors.size() > PROBLEMS_SHOWN ? "; and " + (errors.size() - PROBLEMS_SHOWN) + " more" : "");
            response.put("status", Json.object().put("code", 422).put("reason", "Invalid").put("message", message).build());
        }
        List<Json> warnings = problems.stream().filter(problem -> problem.severity() == Severity.WARNING).limit(PROBLEMS_SHOWN)
                .map(Admission::text).map(text -> text.substring(0, Math.min(text.length(), WARNING_CHARS))).<Json>map(Json::of)
                .toList();
        if (!warnings.isEmpty()) {
            response.put("warnings", Json.array(warnings));
        }
        return Json.object().put("apiVersion", "admission.k8s.io/v1").put("kind", "AdmissionReview")
                .put("response", response.build())
                .build();
    }

    /// Objects that were stored before this check was installed can still be labelled, and deleted by removing a finalizer.
    private static boolean isOnlyMetadata(JsonReader request) {
        return request.text("operation", "").equals("UPDATE")
                && body(request.object("object")).equals(body(request.object("oldObject")));
    }

    private static Json body(JsonReader object) {
        Json.Builder body = Json.object();
        object.json().members().forEach((name, value) -> {
            if (!name.equals("metadata") && !name.equals("status")) {
                body.put(name, value);
            }
        });
        return body.build();
    }

    private static String text(Problem problem) {
        return (problem.path().isEmpty() ? "" : problem.path() + " ") + problem.what()
                + (problem.expected().isEmpty() ? "" : " (expected: " + problem.expected() + ")");
    }

    /// The same from and to bytes.
    ///
    /// @throws IllegalArgumentException when the bytes are not JSON
    byte[] answer(byte[] review) {
        return switch (JsonParser.parse(review)) {
            case JsonParser.Result.Parsed(Json json) -> answer(json).toString().getBytes(UTF_8);
            case JsonParser.Result.Broken broken -> throw new IllegalArgumentException("the review is no JSON: " + broken.what());
        };
    }
}
