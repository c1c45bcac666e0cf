package io.jigress.app.check;

import io.jigress.admin.ConfigEndpoints;
import io.jigress.admin.PrettyJson;
import io.jigress.api.Json;
import io.jigress.app.settings.ProgramVersion;
import io.jigress.app.sources.Reading;
import io.jigress.app.sources.Places;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The output of `jigress check`, for people and for programs; sorted by file and line.
public final class CheckReport {
    private static final String SARIF = "https://json.schemastore.org/sarif-2.1.0.json";

    private final Reading reading;
    private final String folder;
    private final boolean strict;
    private final List<Placed> problems;

    public enum Format { TEXT, JSON, SARIF, JUNIT }

    /// @param line 0 when unknown
    private record Placed(Problem problem, int line) {
        boolean error() {
            return problem.severity() == Severity.ERROR;
        }

        /// Without the place, for formats that have a field for it.
        String message() {
            return line > 0 ? Places.withoutLine(problem.toString()) : problem.toString();
        }
    }

    /// @param folder as the user wrote it
    /// @param strict whether warnings count as failures
    public CheckReport(Reading reading, String folder, boolean strict) {
        this.reading = reading;
        this.folder = folder;
        this.strict = strict;
        this.problems = reading.problems().stream().map(problem -> new Placed(problem, reading.places().line(problem)))
                .sorted(Comparator.comparing((Placed placed) -> placed.problem.source()).thenComparingInt(Placed::line)).toList();
    }

    /// The format with a name; empty for an unknown name.
    public static Optional<Format> format(String name) {
        return switch (name) {
            case "", "text" -> Optional.of(Format.TEXT);
            case "json" -> Optional.of(Format.JSON);
            case "sarif" -> Optional.of(Format.SARIF);
            case "junit" -> Optional.of(Format.JUNIT);
            default -> Optional.empty();
        };
    }

    public String print(Format format) {
        return switch (format) {
            case TEXT -> text();
            case JSON -> PrettyJson.print(json()) + "\n";
            case SARIF -> PrettyJson.print(sarif()) + "\n";
            case JUNIT -> junit();
        };
    }

    private String text() {
        StringBuilder out = new StringBuilder();
        problems.forEach(placed -> out.append(line(placed)).append('\n'));
        return out.append(count(reading.objects(), "object")).append(" in ").append(count(reading.files(), "file")).append(": ")
                .append(count(reading.count(Severity.ERROR), "error")).append(", ")
                .append(count(reading.count(Severity.WARNING), "warning")).append('\n').toString();
    }

    private static String line(Placed placed) {
        String source = placed.problem.source();
        return source + (placed.line > 0 ? ":" + placed.line : "") + (source.isEmpty() ? "" : ": ")
                + (placed.error() ? "error: " : "warning: ") + placed.message();
    }

    private Json json() {
        return Json.object()
                .put("objects", reading.objects())
                .put("files", reading.files())
                .put("errors", reading.count(Severity.ERROR))
                .put("warnings", reading.count(Severity.WARNING))
                .put("problems", Json.array(problems.stream().map(p -> ConfigEndpoints.json(p.problem, p.line)).toList()))
                .build();
    }

    private Json sarif() {
        Json driver = Json.object().put("name", "jigress").put("version", ProgramVersion.text()).build();
        Json run = Json.object().put("tool", Json.object().put("driver", driver).build())
                .put("results", Json.array(problems.stream().map(this::result).toList())).build();
        return Json.object().put("$schema", SARIF).put("version", "2.1.0").put("runs", Json.array(List.of(run))).build();
    }

    private Json result(Placed placed) {
        String kind = placed.problem.resource().kind();
        Json.Builder result = Json.object().put("ruleId", kind.isEmpty() ? "configuration" : kind)
                .put("level", placed.error() ? "error" : "warning")
                .put("message", Json.object().put("text", placed.message()).build());
        if (!placed.problem.source().isEmpty()) {
            Json.Builder place = Json.object().put("artifactLocation",
                    Json.object().put("uri", uri(placed.problem.source())).build());
            if (placed.line > 0) {
                place.put("region", Json.object().put("startLine", placed.line).build());
            }
            result.put("locations", Json.array(List.of(Json.object().put("physicalLocation", place.build()).build())));
        }
        return result.build();
    }

    /// Relative to the working directory, as code scanners expect it.
    private String uri(String source) {
        String base = folder.replaceFirst("^(\\./)+", "").replaceFirst("/+$", "");
        return base.isEmpty() || base.equals(".") ? source : base + "/" + source;
    }

    /// Each file is a test case, which fails if it has errors.
    private String junit() {
        Map<String, List<Placed>> byFile = new TreeMap<>();
        reading.resources().resources()
                .forEach((_, resource) -> byFile.computeIfAbsent(resource.source(), _ -> new ArrayList<>()));
        problems.forEach(placed -> byFile.computeIfAbsent(placed.problem.source(), _ -> new ArrayList<>()).add(placed));
        long failures = byFile.values().stream().filter(list -> list.stream().anyMatch(this::fails)).count();
        StringBuilder out = new StringBuilder(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"jigress check\" tests=\"")
                .append(byFile.size()).append("\" failures=\"").append(failures).append("\">\n");
        byFile.forEach((file, list) -> {
            out.append("  <testcase classname=\"jigress check\" name=\"").append(xml(file.isEmpty() ? folder : file))
                    .append("\">\n");
            list.forEach(placed -> {
                String tag = fails(placed) ? "failure" : "system-out";
                out.append("    <").append(tag)
                        .append(fails(placed)
                                ? " type=\"" + (placed.error() ? "error" : "warning") + "\" message=\"" + xml(placed.message())
                                        + "\""
                                : "")
                        .append('>').append(xml(line(placed))).append("</").append(tag).append(">\n");
            });
            out.append("  </testcase>\n");
        });
        return out.append("</testsuite>\n").toString();
    }

    private boolean fails(Placed placed) {
        return placed.error() || strict;
    }

    /// XML allows no control characters; the text of a problem contains none.
    private static String xml(String text) {
        return text.replaceAll("\\p{Cntrl}", " ").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"",
                "&quot;");
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
