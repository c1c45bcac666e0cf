package io.jigress.app.push;

import io.jigress.sources.folder.FolderSource;
import io.jigress.sources.nacos.NacosIndex;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// The files of a folder as data ids: `shop/routes.yaml` is `shop:routes.yaml`, since a data id cannot contain a slash.
final class FolderTexts {
    /// A file that cannot be a data id.
    static final class CannotPush extends Exception {
        private static final long serialVersionUID = 1;

        CannotPush(String what) {
            super(what);
        }
    }

    private FolderTexts() {}

    /// The texts by data id, in the order of the data ids.
    static Map<String, String> read(Path folder) throws IOException, CannotPush {
        Map<String, String> texts = new TreeMap<>();
        for (Path file : FolderSource.files(folder)) {
            String relative = folder.relativize(file).toString().replace('\\', '/');
            String dataId = relative.replace('/', ':');
            if (!NacosIndex.isDataId(dataId)) {
                throw new CannotPush("the file " + relative
                        + " has a name that no data id can have (expected: letters, digits and . : _ -, at most 256)");
            }
            String text;
            try {
                text = Files.readString(file);
            } catch (MalformedInputException _) {
                throw new CannotPush("the file " + relative + " is not UTF-8");
            }
            if (text.isBlank()) {
                continue;
            }
            if (texts.putIfAbsent(dataId, text) != null) {
                throw new CannotPush("two files would be the data id " + dataId + " (expected: other names)");
            }
        }
        return texts;
    }

}
