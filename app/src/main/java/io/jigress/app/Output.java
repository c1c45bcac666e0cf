package io.jigress.app;

/// The flag `-o`: for whom a command prints.
final class Output {
    private Output() {}

    static boolean isJson(String output) {
        return output.equals("json");
    }

    /// Prints a fault when the flag names an unknown format.
    static boolean valid(String output, Shell shell) {
        if (output.isEmpty() || output.equals("text") || isJson(output)) {
            return true;
        }
        shell.complain("-o is \"" + output + "\" (expected: text or json)");
        return false;
    }
}
