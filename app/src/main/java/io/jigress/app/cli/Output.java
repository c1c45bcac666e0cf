package io.jigress.app.cli;

/// The flag `-o`: the output format of a command.
public final class Output {
    private Output() {}

    public static boolean isJson(String output) {
        return output.equals("json");
    }

    /// Prints an error when the flag names an unknown format.
    public static boolean valid(String output, Shell shell) {
        if (output.isEmpty() || output.equals("text") || isJson(output)) {
            return true;
        }
        shell.complain("-o is \"" + output + "\" (expected: text or json)");
        return false;
    }
}
