package io.jigress.app.market;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.app.settings.Settings;
import io.jigress.app.settings.SettingsReader;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.translate.Filters;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class BuiltinIndexTest {
    /// Fields whose items the page describes in a section of its own.
    private static final Set<String> ELSEWHERE = Set.of();

    @TestFactory
    Stream<DynamicTest> thePageOfAFilterHasItsPhasePriorityAndFields() {
        return entries().stream().map(entry -> DynamicTest.dynamicTest(entry.name(), () -> {
            String page = entry.about().docs().en();
            assertThat(page).startsWith("# " + entry.name() + "\n")
                    .contains("Phase " + entry.phase() + ", priority " + entry.priority());
            assertThat(entry.about().summary().en()).isNotBlank();

            Set<String> read = new TreeSet<>();
            paths(entry.schema(), "", read);
            Set<String> written = FilterPage.of(entry.name()).fields().keySet();
            List<String> faults = new ArrayList<>();
            // The page of sentinel has a table for each kind of rule: its fields are those of items.
            written.stream().filter(path -> read.stream().noneMatch(each -> each.equals(path) || each.endsWith("." + path)))
                    .forEach(path -> faults.add("the page has " + path + ", which is not read"));
            read.stream().filter(path -> !ELSEWHERE.contains(path) && written.stream().noneMatch(known -> covers(known, path)))
                    .forEach(path -> faults.add(path + " is read, and the page does not have it"));
            assertThat(faults).as(entry.schema().toString()).isEmpty();
        }));
    }

    @TestFactory
    Stream<DynamicTest> aFilterHasAnIconExamplesAndAPageInChinese() {
        return entries().stream().map(entry -> DynamicTest.dynamicTest(entry.name(), () -> {
            assertThat(entry.id().version()).isNotBlank();
            Element icon = DocumentBuilderFactory.newDefaultNSInstance().newDocumentBuilder()
                    .parse(new InputSource(new StringReader(entry.about().icon()))).getDocumentElement();
            assertThat(icon.getNamespaceURI()).isEqualTo("http://www.w3.org/2000/svg");
            assertThat(icon.getLocalName()).isEqualTo("svg");
            assertThat(icon.getChildNodes().getLength()).isPositive();

            String page = entry.about().docs().zh();
            assertThat(page).startsWith("# " + entry.name() + "\n")
                    .contains("阶段 " + entry.phase() + "，优先级 " + entry.priority());
            assertThat(entry.about().summary().zh()).containsPattern("\\p{IsHan}").endsWith("。");
            Set<String> written = FilterPage.inChinese(entry.name()).fields().keySet();
            Set<String> read = ((Json.Obj) entry.schema().members().getOrDefault("properties", Json.Obj.EMPTY)).members()
                    .keySet();
            assertThat(read).as("fields that the page in Chinese has")
                    .allMatch(field -> written.stream().anyMatch(known -> covers(known, field)), "is on the page");
            if (!read.isEmpty()) {
                assertThat(entry.about().examples()).isNotEmpty();
            }
            assertThat(written).as("fields that the page in English has")
                    .isSubsetOf(FilterPage.of(entry.name()).fields().keySet());
        }));
    }

    private static boolean covers(String written, String path) {
        return path.equals(written) || path.startsWith(written + ".") || path.startsWith(written + "[]")
                || written.startsWith(path + ".")
                || written.startsWith(path + "[]");
    }

    private static void paths(Json schema, String path, Set<String> into) {
        if (!(schema instanceof Json.Obj(var members))) {
            return;
        }
        if (members.get("properties") instanceof Json.Obj(var properties)) {
            properties.forEach((name, property) -> {
                String inner = path.isEmpty() ? name : path + "." + name;
                into.add(inner);
                paths(property, inner, into);
            });
        }
        if (members.get("items") instanceof Json.Obj items) {
            paths(items, path + "[]", into);
        }
    }

    private static List<PluginEntry> entries() {
        Settings settings = new SettingsReader(new Machine(2, 512 << 20)).settings();
        return BuiltinIndex.of(Filters.builtin(settings, Path.of("")));
    }
}
