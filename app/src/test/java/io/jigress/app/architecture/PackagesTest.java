package io.jigress.app.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackagesTest {
    private final SourceTree tree = SourceTree.ofThisRepository();

    /// Every package has a package-info.java with `@NullMarked`, without which NullAway does not check it, and a description.
    @Test
    void everyPackageIsNullMarked() {
        List<Path> packages = tree.files("[^/]+/src/main/java/.*\\.java").stream().map(Path::getParent).distinct().toList();

        assertThat(packages).isNotEmpty();
        assertThat(packages.stream().filter(folder -> !isNullMarked(folder.resolve("package-info.java"))))
                .as("packages without a package-info.java that says @NullMarked")
                .isEmpty();
    }

    /// A longer file of the request path contains several concepts that deserve a type of their own.
    @Test
    void noFileOfTheDataPlaneIsLongerThan400Lines() {
        assertThat(tree.files("proxy/src/main/java/.*\\.java").stream()
                .filter(file -> SourceTree.read(file).lines().count() > 400)).isEmpty();
    }

    private static boolean isNullMarked(Path sign) {
        return Files.exists(sign) && SourceTree.read(sign).lines().anyMatch("@NullMarked"::equals);
    }
}
