package io.jigress.app.demo;

/// The text that the demo prints: commands to try, each of which shows one function.
public final class DemoText {
    private DemoText() {}

    /// @param folder of the samples, as the user can type it
    /// @param port of the gateway
    /// @param asked the flag of `explain`: `--admin http://localhost:8001`
    public static String of(String folder, int port, String asked) {
        return """
                Jigress listens on http://localhost:%PORT%. Two services, blue and green, stand behind it.
                What it does is written in %FOLDER%/. Try, in another terminal:

                  # about three of four requests go to blue
                  for i in $(seq 12); do curl -s localhost:%PORT%/ | grep service; done

                  # /cart goes to green, five times a minute; the sixth gets 429
                  for i in 1 2 3 4 5 6; do curl -s -o /dev/null -w '%{http_code}\\n' localhost:%PORT%/cart; done

                  # change a rule: a few milliseconds after the file is saved it is live, and no connection is dropped
                  sed -i.bak 's/weight: 3/weight: 0/' %FOLDER%/routes.yaml
                  for i in $(seq 12); do curl -s localhost:%PORT%/ | grep service; done

                  # ask why a request goes where it goes
                  ./jigress explain %ASKED% GET http://localhost:%PORT%/cart

                  # make a mistake, ask what is wrong, undo it
                  sed -i.bak 's/name: demo}]/name: dmeo}]/' %FOLDER%/routes.yaml
                  ./jigress check %FOLDER%
                  mv %FOLDER%/routes.yaml.bak %FOLDER%/routes.yaml

                Ctrl-C finishes the requests in flight and ends.
                """.replace("%PORT%", Integer.toString(port)).replace("%FOLDER%", folder).replace("%ASKED%", asked);
    }
}
