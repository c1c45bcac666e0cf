package io.jigress.app.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.jigress.api.ProxyFailure;
import io.jigress.proxy.http.PathFault;
import io.jigress.proxy.http1.HeadFault;
import io.jigress.proxy.http2.FieldFault;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The reasons of the access log and their flags are the same in the code and in docs/access-log.md.
class ReasonsTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| ((?:`[a-z0-9_]+`(?:, )?)+) \\| ((?:`[A-Z]+`(?:, )?)*) ?\\|");
    private static final Pattern WORD = Pattern.compile("`(\\w+)`");
    private static final Pattern REPLY = Pattern.compile("(?:LocalReply(?:\\.\\w+)?|Reply)\\([^;]*?\"([a-z0-9_]+)\"\\)");

    private final SourceTree tree = SourceTree.ofThisRepository();

    @Test
    void theReasonsOfTheManualAreThoseOfTheCode() throws ReflectiveOperationException {
        SortedMap<String, SortedSet<String>> reasons = new TreeMap<>();
        failures(reasons);
        replies(reasons);

        assertThat(lines(documented())).isEqualTo(lines(reasons));
    }

    private static List<String> lines(Map<String, SortedSet<String>> reasons) {
        return reasons.entrySet().stream().map(Map.Entry::toString).toList();
    }

    /// Failures are constants, each with its flag.
    private static void failures(Map<String, SortedSet<String>> reasons) throws ReflectiveOperationException {
        JavaClasses jigress = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.jigress");
        for (JavaField field : jigress.stream().flatMap(type -> type.getFields().stream()).toList()) {
            if (field.getModifiers().contains(JavaModifier.STATIC) && field.getRawType().isEquivalentTo(ProxyFailure.class)) {
                Field constant = field.reflect();
                constant.setAccessible(true);
                add((ProxyFailure) constant.get(null), reasons);
            }
        }
        for (HeadFault fault : HeadFault.values()) {
            add(fault.ofClient(), reasons);
            add(fault.ofUpstream(), reasons);
        }
        for (FieldFault fault : FieldFault.values()) {
            add(fault.ofClient(), reasons);
            add(fault.ofUpstream(), reasons);
        }
        for (PathFault fault : PathFault.values()) {
            add(fault.failure(), reasons);
        }
    }

    private static void add(ProxyFailure failure, Map<String, SortedSet<String>> reasons) {
        reasons.computeIfAbsent(failure.detail(), _ -> new TreeSet<>()).add(failure.kind().flag());
    }

    /// Replies that are not failures set their reason where they are created.
    private void replies(Map<String, SortedSet<String>> reasons) {
        for (Path file : tree.files("(?:proxy|filters|control)/src/main/.*\\.java")) {
            Matcher reply = REPLY.matcher(SourceTree.read(file));
            while (reply.find()) {
                reasons.computeIfAbsent(reply.group(1), _ -> new TreeSet<>());
            }
        }
    }

    private SortedMap<String, SortedSet<String>> documented() {
        String page = tree.text("docs/access-log.md").orElseThrow();
        SortedMap<String, SortedSet<String>> documented = new TreeMap<>();
        Matcher row = ROW.matcher(page.substring(page.indexOf("## Reasons")));
        while (row.find()) {
            SortedSet<String> flags = words(row.group(2));
            words(row.group(1)).forEach(reason -> documented.put(reason, flags));
        }
        return documented;
    }

    private static SortedSet<String> words(String cell) {
        SortedSet<String> words = new TreeSet<>();
        WORD.matcher(cell).results().forEach(word -> words.add(word.group(1)));
        return words;
    }
}
