package io.jigress.app.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The types, files and links that the documents name must exist.
class DocsTest {
    private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
    private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```");
    /// `RouteTable`, `RouteTable.match`, `RouteTable#match()`; a name of one word (`Gateway`) may be a term of the domain.
    private static final Pattern TYPE = Pattern.compile("([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+)(?:[.#]([a-z]\\w*)(?:\\(.*\\))?)?");
    private static final Pattern FILE = Pattern
            .compile("[\\w.-]+(?:/[\\w.-]+)+\\.(?:java|md|xml|yaml|wire)|[\\w.-]+(?:/[\\w.-]+)*/[A-Z]\\w+");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)(?:#[^)]*)?\\)");
    private static final Pattern ANCHOR = Pattern.compile("]\\(([^)#\\s]*)#([^)\\s]*)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?)[ #]*$");
    /// Documents, in any folder.
    private static final String DOCUMENTS = "(?:docs/|examples/|[^/]+/)*[^/]+\\.md";
    private static final Pattern TEST = Pattern.compile("((?:[a-z]\\w*\\.)*)([A-Z]\\w*)(?:#(\\w+))?");

    /// Types of other projects that a document may mention.
    private static final Set<String> FOREIGN = Set.of(
            "ByteBuf", "ConfigMap", "EndpointSlice", "FullHttpRequest", "GatewayClass", "IngressClass", "ListenerSet",
            "ReferenceGrant",
            "McpBridge", "WasmPlugin", "SimpleChannelInboundHandler", "InetAddress", "ClientHello", "NullAway",
            "CompletableFuture",
            "ServiceLoader", "GatewayClassConditionType");

    private final SourceTree tree = SourceTree.ofThisRepository();

    @Test
    void theMapNamesOnlyWhatExists() {
        String map = tree.text("ARCHITECTURE.md").orElseThrow();

        assertThat(faultsOfMap(tree, map)).isEmpty();
    }

    @Test
    void everyPromiseIsShownBySomethingThatExists() {
        String promises = tree.text("docs/promises.md").orElseThrow();

        assertThat(faultsOfPromises(tree, promises)).isEmpty();
    }

    @Test
    void linksBetweenDocumentsLeadSomewhere() {
        List<String> faults = new ArrayList<>();
        for (Path document : tree.files(DOCUMENTS)) {
            Matcher link = LINK.matcher(FENCE.matcher(SourceTree.read(document)).replaceAll(""));
            while (link.find()) {
                String target = link.group(1);
                if (!target.matches("[a-z]+:.*") && !Files.exists(document.resolveSibling(target))) {
                    faults.add(tree.root().relativize(document) + " links to " + target + ", which does not exist");
                }
            }
        }
        assertThat(faults).isEmpty();
    }

    @Test
    void anchorsOfLinksAreHeadings() {
        List<String> faults = new ArrayList<>();
        for (Path document : tree.files(DOCUMENTS)) {
            Matcher link = ANCHOR.matcher(FENCE.matcher(SourceTree.read(document)).replaceAll(""));
            while (link.find()) {
                Path target = link.group(1).isEmpty() ? document : document.resolveSibling(link.group(1)).normalize();
                if (!link.group(1).matches("[a-z]+:.*") && Files.isRegularFile(target)
                        && !anchors(SourceTree.read(target)).contains(link.group(2))) {
                    faults.add(tree.root().relativize(document) + " links to " + link.group(1) + "#" + link.group(2)
                            + ", which is no heading");
                }
            }
        }
        assertThat(faults).isEmpty();
    }

    @Test
    void anAnchorIsTheHeadingInLowerCaseWithHyphens() {
        assertThat(anchors("""
                # A page
                ## Higress's `McpBridge`, [why](why.md)
                ```sh
                # a comment
                ```
                ## A page
                ### One, two_three — four ###
                """)).containsExactlyInAnyOrder("a-page", "higresss-mcpbridge-why", "a-page-1", "one-two_three--four");
    }

    @Test
    void theReleaseArchiveHoldsWhatItsManualLinksTo() {
        String copied = tree.text("build/archive").orElseThrow().lines().filter(line -> line.startsWith("cp -R ")).findFirst()
                .orElseThrow();
        Set<String> inside = Set.copyOf(List.of(copied.split(" ", -1)));
        List<String> faults = new ArrayList<>();
        for (Path page : tree.files("docs/(?:[^/]+/)*[^/]+\\.md|README\\.md|SECURITY\\.md")) {
            Matcher link = LINK.matcher(FENCE.matcher(SourceTree.read(page)).replaceAll(""));
            while (link.find()) {
                if (!link.group(1).matches("[a-z]+:.*")) {
                    Path target = tree.root().relativize(page.resolveSibling(link.group(1)).normalize());
                    if (!inside.contains(target.getName(0).toString()) && !target.startsWith("bench")
                            && !target.startsWith("conformance")) {
                        faults.add(tree.root().relativize(page) + " links to " + target);
                    }
                }
            }
        }
        assertThat(faults).isEmpty();
    }

    @Test
    void namesThatDoNotExistAreFaults(@TempDir Path root) throws Exception {
        Files.createDirectories(root.resolve("proxy/src/main/java/io/jigress/proxy/route"));
        Files.createDirectories(root.resolve("proxy/src/test/java/io/jigress/proxy/route"));
        Files.writeString(root.resolve("proxy/src/main/java/io/jigress/proxy/route/RouteTable.java"),
                "package io.jigress.proxy.route; class RouteTable { record PathIndex() {} void match() {} }");
        Files.writeString(root.resolve("proxy/src/test/java/io/jigress/proxy/route/RouteTableTest.java"),
                "package io.jigress.proxy.route; class RouteTableTest { void longestPrefixWins() {} }");
        SourceTree small = SourceTree.of(root);

        assertThat(faultsOfMap(small, """
                `route/RouteTable` and `proxy/src/main/java/io/jigress/proxy/route/RouteTable.java`: `RouteTable.match` asks the
                `PathIndex`; a `ByteBuf`, an `HTTPRoute` and `jigress.io/v1` are not ours.
                """)).isEmpty();
        assertThat(faultsOfMap(small, "`route/RouteTree` `RouteTree` `RouteTable#search()` `docs/none.md`")).containsExactly(
                "route/RouteTree is no file", "RouteTree is no type", "RouteTable#search() is no member",
                "docs/none.md is no file");

        assertThat(faultsOfPromises(small, """
                | promise | shown by |
                |---|---|
                | The longest prefix wins | `io.jigress.proxy.route.RouteTableTest#longestPrefixWins` |
                | Routes are found | `RouteTableTest` |
                """)).isEmpty();
        assertThat(faultsOfPromises(small, """
                | promise | shown by |
                |---|---|
                | A | `RouteTableTest#shortestPrefixWins` |
                | B | |
                | C | `io.jigress.control.RouteTableTest` |
                | D | by `bench/run` |
                """)).containsExactly(
                "\"A\" names RouteTableTest#shortestPrefixWins, which does not exist",
                "\"B\" is shown by nothing (expected: a test or a file in backticks)",
                "\"C\" names io.jigress.control.RouteTableTest, which does not exist",
                "\"D\" names bench/run, which does not exist");
    }

    /// The anchors of a document, as hosts of repositories make them from headings: the second of two equal ones ends with `-1`.
    private static Set<String> anchors(String document) {
        Set<String> anchors = new HashSet<>();
        Matcher heading = HEADING.matcher(FENCE.matcher(document).replaceAll(""));
        while (heading.find()) {
            String anchor = heading.group(1).replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1").toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N}_ -]", "").replace(' ', '-');
            String unique = anchor;
            for (int i = 1; !anchors.add(unique); i++) {
                unique = anchor + "-" + i;
            }
        }
        return anchors;
    }

    private static List<String> faultsOfMap(SourceTree tree, String map) {
        List<String> faults = new ArrayList<>();
        Matcher code = CODE.matcher(FENCE.matcher(map).replaceAll(""));
        while (code.find()) {
            String name = code.group(1);
            Matcher type = TYPE.matcher(name);
            if (FILE.matcher(name).matches()) {
                if (!tree.hasPath(name)) {
                    faults.add(name + " is no file");
                }
            } else if (type.matches() && !FOREIGN.contains(type.group(1))) {
                if (!tree.hasType(type.group(1))) {
                    faults.add(name + " is no type");
                } else if (type.group(2) != null && !tree.hasMember(type.group(1), type.group(2))) {
                    faults.add(name + " is no member");
                }
            }
        }
        return faults;
    }

    private static List<String> faultsOfPromises(SourceTree tree, String promises) {
        List<String> faults = new ArrayList<>();
        for (String line : promises.lines().toList()) {
            String[] cells = line.split("(?<!\\\\)\\|", -1);
            if (!line.startsWith("|") || line.startsWith("|-") || cells.length < 3 || cells[1].strip().equals("promise")) {
                continue;
            }
            String promise = "\"" + cells[1].strip() + "\"";
            List<String> shownBy = CODE.matcher(cells[2]).results().map(code -> code.group(1)).toList();
            if (shownBy.isEmpty()) {
                faults.add(promise + " is shown by nothing (expected: a test or a file in backticks)");
            }
            shownBy.stream().filter(name -> !exists(tree, name))
                    .forEach(name -> faults.add(promise + " names " + name + ", which does not exist"));
        }
        return faults;
    }

    private static boolean exists(SourceTree tree, String name) {
        Matcher test = TEST.matcher(name);
        if (!test.matches()) {
            return tree.hasPath(name);
        }
        String packageName = test.group(1);
        boolean type = packageName.isEmpty()
                ? tree.hasType(test.group(2))
                : tree.hasType(packageName.substring(0, packageName.length() - 1), test.group(2));
        return type && (test.group(3) == null || tree.hasMember(test.group(2), test.group(3)));
    }
}
