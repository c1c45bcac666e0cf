package io.jigress.app.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Parses a settings file into names, texts and lines; the names are interpreted elsewhere. Not for several threads.
final class SettingsFile {

    /// @param line from 1
    record Entry(String name, String value, int line) {}

    /// @param faults the errors, each with its line: `3: is a list of lists`
    record Content(List<Entry> entries, List<String> faults) {}

    private final List<Entry> entries = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();

    private SettingsFile() {}

    static Content read(String yaml) {
        SettingsFile file = new SettingsFile();
        try {
            Optional<Node> root = new Compose(LoadSettings.builder().setLabel("settings").build()).composeString(yaml);
            root.ifPresent(node -> file.walk("", node));
        } catch (MarkedYamlEngineException e) {
            file.faults.add(e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1) + ": " + e.getProblem());
        } catch (YamlEngineException e) {
            file.faults.add("1: " + e.getMessage());
        }
        return new Content(file.entries, file.faults);
    }

    private void walk(String name, Node node) {
        switch (node) {
            case MappingNode mapping -> mapping.getValue().forEach(member -> member(name, member));
            case SequenceNode list -> list(name, list);
            case ScalarNode scalar when name.isEmpty() -> {
                if (!scalar.getValue().isEmpty()) {
                    fault(scalar, "is not a setting (expected: name: value)");
                }
            }
            case ScalarNode scalar -> entries.add(new Entry(name, scalar.getValue(), line(scalar)));
            default -> fault(node, "cannot be a setting");
        }
    }

    private void member(String outer, NodeTuple member) {
        if (member.getKeyNode() instanceof ScalarNode key) {
            walk(outer.isEmpty() ? key.getValue() : outer + "." + key.getValue(), member.getValueNode());
        } else {
            fault(member.getKeyNode(), "the name of a setting is not a string");
        }
    }

    private void list(String name, SequenceNode list) {
        StringJoiner items = new StringJoiner(",");
        for (Node item : list.getValue()) {
            if (!(item instanceof ScalarNode scalar)) {
                fault(item, name + " holds more than plain values");
                return;
            }
            items.add(scalar.getValue());
        }
        if (name.isEmpty()) {
            fault(list, "is a list (expected: name: value)");
        } else {
            entries.add(new Entry(name, items.toString(), line(list)));
        }
    }

    private void fault(Node node, String what) {
        faults.add(line(node) + ": " + what);
    }

    private static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }
}
