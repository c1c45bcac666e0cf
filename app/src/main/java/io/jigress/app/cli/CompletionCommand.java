package io.jigress.app.cli;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `jigress completion SHELL`: prints a script for the completion of commands, options and files.
@Command(name = "completion", description = "Prints a completion script: source <(jigress completion bash)")
public final class CompletionCommand implements Callable<Integer> {
    private static final String SHELLS = "bash, zsh or fish";

    private final Shell shell;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.") private String name = "";

    public CompletionCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        CommandLine root = spec.commandLine().getParent();
        switch (name) {
            case "bash" -> shell.out().print(bash(root));
            case "zsh" -> shell.out()
                    .print("autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" + bash(root));
            case "fish" -> shell.out().print(fish(root));
            default -> {
                shell.complain("there is no completion for " + name + " (expected: " + SHELLS + ")");
                return ExitCode.REFUSED;
            }
        }
        return ExitCode.DONE;
    }

    private static String bash(CommandLine root) {
        StringBuilder out = new StringBuilder("""
                _jigress() {
                    local word=${COMP_WORDS[COMP_CWORD]} words
                    case ${COMP_WORDS[1]} in
                """);
        for (CommandLine command : commands(root)) {
            out.append("        ").append(command.getCommandName()).append(") words='")
                    .append(String.join(" ", options(command).flatMap(option -> Arrays.stream(option.names())).toList()))
                    .append(command.getCommandName().equals("completion") ? " bash zsh fish" : "").append("' ;;\n");
        }
        return out.append("        *) words='")
                .append(String.join(" ", commands(root).stream().map(CommandLine::getCommandName).toList()))
                .append("""
                         --help --version' ;;
                    esac
                    if ((COMP_CWORD == 1)) || [[ $word == -* || ${COMP_WORDS[1]} == completion ]]; then
                        COMPREPLY=($(compgen -W "$words" -- "$word"))
                    else
                        COMPREPLY=($(compgen -f -- "$word"))
                    fi
                }
                complete -o filenames -F _jigress jigress ./jigress
                """).toString();
    }

    private static String fish(CommandLine root) {
        StringBuilder out = new StringBuilder();
        for (CommandLine command : commands(root)) {
            String name = command.getCommandName();
            out.append("complete -c jigress -n __fish_use_subcommand -f -a ").append(name).append(" -d ")
                    .append(quoted(command.getCommandSpec().usageMessage().description())).append('\n');
            options(command).forEach(option -> {
                out.append("complete -c jigress -n '__fish_seen_subcommand_from ").append(name).append('\'');
                for (String each : option.names()) {
                    out.append(each.startsWith("--") ? " -l " + each.substring(2) : " -s " + each.substring(1));
                }
                out.append(option.arity().max() > 0 ? " -r" : "").append(" -d ").append(quoted(option.description()))
                        .append('\n');
            });
        }
        return out.append("complete -c jigress -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n").toString();
    }

    private static List<CommandLine> commands(CommandLine root) {
        return root.getSubcommands().values().stream().filter(command -> !command.getCommandSpec().usageMessage().hidden())
                .toList();
    }

    private static Stream<OptionSpec> options(CommandLine command) {
        return command.getCommandSpec().options().stream().filter(option -> !option.hidden());
    }

    private static String quoted(String[] text) {
        return "'" + (text.length == 0 ? "" : text[0]).replace("%%", "%").replace("${DEFAULT-VALUE}", "").replace("\\", "\\\\")
                .replace("'", "\\'") + "'";
    }
}
