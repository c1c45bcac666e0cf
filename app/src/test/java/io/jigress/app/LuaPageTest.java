package io.jigress.app;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The first ten minutes of the page about plugins in Lua, followed word for word.
@Timeout(120)
class LuaPageTest {
    private static final String PART = "## A Lua plugin in ten minutes";

    @TempDir private Path folder;

    @Test
    void thePluginAnswersAsThePageSays() throws Exception {
        try (PluginGuide guide = new PluginGuide(folder, "docs/plugins-lua.md")) {
            guide.hello().check(Guide.blocks(guide.section(PART), "yaml").subList(0, 2), guide.section(PART), "/");
        }
    }
}
