package io.jigress.app.cli;

import io.jigress.api.NearestName;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// Describes in one line what is wrong with a command line, with the likely correction.
public final class Misunderstanding {
    private Misunderstanding() {}

    public static String of(ParameterException fault) {
        CommandLine line = fault.getCommandLine();
        String name = line.getCommandSpec().qualifiedName();
        String help = "; try " + name + " --help";
        if (!(fault instanceof UnmatchedArgumentException unmatched) || unmatched.getUnmatched().isEmpty()) {
            return String.valueOf(fault.getMessage()).lines().findFirst().orElse("the command line is not understood") + help;
        }
        String word = unmatched.getUnmatched().getFirst();
        boolean option = word.startsWith("-");
        boolean command = !option && line.getParent() == null;
        String what = option ? name + " has no option " + word : command ? word + " is not a command"
                : name + " does not take " + word;
        Optional<String> near = option ? nearestOption(line, word) : command ? nearestCommand(line, word) : Optional.empty();
        return what + near.map(meant -> "; did you mean " + meant + "?").orElse(help);
    }

    private static Optional<String> nearestCommand(CommandLine line, String word) {
        return NearestName.of(word, line.getSubcommands().entrySet().stream()
                .filter(command -> !command.getValue().getCommandSpec().usageMessage().hidden())
                .map(command -> command.getKey()).toList());
    }

    private static Optional<String> nearestOption(CommandLine line, String word) {
        int equals = word.indexOf('=');
        List<String> options = line.getCommandSpec().options().stream().flatMap(option -> List.of(option.names()).stream())
                .filter(name -> name.startsWith("--")).toList();
        return NearestName.of(equals < 0 ? word : word.substring(0, equals), options);
    }
}
