package io.jigress.app.cert;

import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.Shell;
import io.jigress.proxy.tls.CertificateMaker;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `jigress cert`: certificates for local trials.
@Command(name = "cert", description = "Makes certificates for local trials, and shows the content of certificates.")
public final class CertCommand implements Callable<Integer> {
    private static final int SHORTEST_DAYS = 1;
    private static final int LONGEST_DAYS = 3650;

    private final Shell shell;

    @Spec private CommandSpec spec = CommandSpec.create();

    public CertCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(shell.out());
        return ExitCode.REFUSED;
    }

    /// `jigress cert new shop.localhost`.
    @Command(name = "new", description = "Prints a Secret with a new certificate and its key. It is signed by a CA made for it alone.")
    public static final class New implements Callable<Integer> {
        private final Shell shell;

        @Parameters(arity = "1..*", paramLabel = "NAME", description = "Such as shop.localhost or *.localhost.") private List<String> names = List
                .of();

        @Option(names = "--secret", paramLabel = "NAME", description = "The name of the Secret. tls by default.") private String secret = "tls";

        @Option(names = "--days", paramLabel = "N", description = "How long it is valid. 90 by default.") private int days = 90;

        @Option(names = "--rsa", description = "With an RSA key instead of ECDSA.") private boolean rsa;

        @Option(names = "--ca", paramLabel = "FILE", description = "Writes the certificate of the CA to a file, for clients such as curl --cacert.") private String ca = "";

        public New(Shell shell) {
            this.shell = shell;
        }

        @Override
        public Integer call() {
            if (days < SHORTEST_DAYS || days > LONGEST_DAYS) {
                shell.complain("--days is " + days + " (expected: 1 to 3650)");
                return ExitCode.REFUSED;
            }
            Instant now = Instant.now();
            CertificateMaker maker = new CertificateMaker(now.minus(1, ChronoUnit.HOURS), now.plus(days, ChronoUnit.DAYS));
            Made authority = maker.authority("Jigress local trial");
            Made made = maker.certificate(names, rsa ? KeyKind.RSA : KeyKind.ECDSA, authority);
            if (!ca.isEmpty()) {
                try {
                    Files.writeString(shell.folder().resolve(ca), authority.text());
                } catch (IOException e) {
                    shell.complain("--ca: " + ca + " cannot be written: " + e.getMessage());
                    return ExitCode.REFUSED;
                }
            }
            shell.out().print("apiVersion: v1\nkind: Secret\nmetadata:\n  name: " + secret
                    + "\ntype: kubernetes.io/tls\nstringData:\n"
                    + value("tls.crt", made.chain()) + value("tls.key", made.keyText()) + value("ca.crt", authority.text()));
            shell.out().flush();
            return ExitCode.DONE;
        }

        private static String value(String key, String text) {
            return "  " + key + ": |\n" + text.lines().map(line -> "    " + line + "\n").collect(Collectors.joining());
        }
    }

    /// `jigress cert show tls.yaml`.
    @Command(name = "show", description = "Shows the names, issuer and time of each certificate in a file: PEM, or YAML of a Secret.")
    public static final class Show implements Callable<Integer> {
        private static final Pattern BLOCK = Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----");
        /// A value of `data`: PEM in base64.
        private static final Pattern ENCODED = Pattern.compile("LS0tLS1CRUdJTi[A-Za-z0-9+/=]*");
        private static final int DNS_NAME = 2;

        private final Shell shell;

        @Parameters(paramLabel = "FILE", description = "Such as tls.yaml or tls.crt.") private String file = "";

        public Show(Shell shell) {
            this.shell = shell;
        }

        @Override
        public Integer call() {
            List<X509Certificate> found = new ArrayList<>();
            try {
                StringBuilder text = new StringBuilder(
                        Files.readString(shell.folder().resolve(file), StandardCharsets.ISO_8859_1));
                Matcher encoded = ENCODED.matcher(text.toString());
                while (encoded.find()) {
                    text.append(new String(Base64.getMimeDecoder().decode(encoded.group()), StandardCharsets.ISO_8859_1));
                }
                Matcher block = BLOCK.matcher(text);
                while (block.find()) {
                    found.add(certificate(block.group().replaceAll("(?m)^ +", "")));
                }
            } catch (IOException e) {
                shell.complain(file + " cannot be read: " + e.getMessage());
                return ExitCode.REFUSED;
            } catch (CertificateException | IllegalArgumentException e) {
                shell.complain(file + " holds a certificate that cannot be read");
                return ExitCode.FAILED;
            }
            if (found.isEmpty()) {
                shell.complain(file + " holds no certificate (expected: PEM, or a Secret with tls.crt)");
                return ExitCode.FAILED;
            }
            found.forEach(this::print);
            return ExitCode.DONE;
        }

        private static X509Certificate certificate(String pem) throws CertificateException {
            Certificate read = CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
            if (read instanceof X509Certificate certificate) {
                return certificate;
            }
            throw new CertificateException("no X.509");
        }

        private void print(X509Certificate certificate) {
            shell.out().println("subject   " + certificate.getSubjectX500Principal().getName());
            shell.out().println("names     " + names(certificate));
            shell.out().println("issuer    " + certificate.getIssuerX500Principal().getName());
            shell.out().println(
                    "valid     " + certificate.getNotBefore().toInstant() + " to " + certificate.getNotAfter().toInstant()
                            + (certificate.getNotAfter().toInstant().isBefore(Instant.now()) ? " (expired)" : ""));
            shell.out().println("key       " + certificate.getPublicKey().getAlgorithm());
            shell.out().println();
        }

        private static String names(X509Certificate certificate) {
            try {
                List<String> names = new ArrayList<>();
                var alternatives = certificate.getSubjectAlternativeNames();
                if (alternatives != null) {
                    for (List<?> name : alternatives) {
                        if (name.get(0) instanceof Integer type && type == DNS_NAME) {
                            names.add(String.valueOf(name.get(1)));
                        }
                    }
                }
                return names.isEmpty() ? "-" : String.join(", ", names);
            } catch (CertificateException e) {
                return "cannot be read";
            }
        }
    }
}
