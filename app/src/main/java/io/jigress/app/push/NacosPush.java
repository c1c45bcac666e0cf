package io.jigress.app.push;

import io.jigress.app.check.CheckReport;
import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.Shell;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.Reading;
import io.jigress.app.sources.NacosFeed;
import io.jigress.app.sources.SecretKeys;
import io.jigress.app.translate.Translators;
import io.jigress.control.Problem.Severity;
import io.jigress.sources.folder.FolderSource;
import io.jigress.sources.manifest.SecretCipher;
import io.jigress.sources.nacos.NacosAddress;
import io.jigress.sources.nacos.NacosFault;
import io.jigress.sources.nacos.NacosIndex;
import io.jigress.sources.nacos.NacosStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// Writes a folder to a Nacos server. A class of its own, so that other commands do not load the classes of Nacos.
final class NacosPush {
    private static final Duration VISIBLE = Duration.ofSeconds(5);

    private final Shell shell;
    private final String folder;
    private final boolean dryRun;
    private final boolean force;

    NacosPush(Shell shell, String folder, boolean dryRun, boolean force) {
        this.shell = shell;
        this.folder = folder;
        this.dryRun = dryRun;
        this.force = force;
    }

    /// @return the exit code
    int to(String url, Settings settings) {
        NacosAddress address;
        try {
            address = NacosAddress.parse(url);
        } catch (IllegalArgumentException e) {
            shell.complain("the URL " + url + " " + e.getMessage()
                    + " (expected: a URL such as nacos://10.0.0.5:8848?namespace=jigress&group=gateway)");
            return ExitCode.REFUSED;
        }
        if (address.isHigress()) {
            shell.complain("the URL " + url + " has the layout of Higress, which is only read (expected: no layout)");
            return ExitCode.REFUSED;
        }
        return to(address, settings);
    }

    private int to(NacosAddress address, Settings settings) {
        Path path = shell.path(folder);
        try {
            Optional<String> obstacle = FolderSource.obstacle(path);
            if (obstacle.isPresent()) {
                shell.complain("the folder " + folder + " " + obstacle.get());
                return ExitCode.REFUSED;
            }
            Reading reading = Reading.of(path, Translators.of(settings, shell.folder()));
            if (reading.count(Severity.ERROR) > 0 && !force) {
                shell.err().print(new CheckReport(reading, folder, false).print(CheckReport.Format.TEXT));
                shell.complain("the folder has errors, so that nothing was written (--force writes it)");
                return ExitCode.FAILED;
            }
            SecretCipher cipher = SecretKeys.read(settings, shell.folder(), shell.environment());
            FolderTexts.Texts texts = FolderTexts.read(path, cipher);
            if (texts.plainSecrets() > 0) {
                shell.complain(texts.plainSecrets() + (texts.plainSecrets() == 1 ? " Secret is" : " Secrets are")
                        + " written in plain text (the setting nacos.secrets.keys encrypts them)");
            }
            try (NacosStore store = NacosStore.open(address, NacosFeed.credentials(settings, shell.folder(), address))) {
                write(store, texts.byDataId());
            }
            return ExitCode.DONE;
        } catch (IllegalArgumentException e) {
            shell.complain(String.valueOf(e.getMessage()));
            return ExitCode.REFUSED;
        } catch (CannotStart e) {
            shell.complain(e.why());
            return ExitCode.REFUSED;
        } catch (FolderTexts.CannotPush e) {
            shell.complain(String.valueOf(e.getMessage()));
            return ExitCode.REFUSED;
        } catch (IOException e) {
            shell.complain("the folder " + folder + " cannot be read: " + e.getMessage());
            return ExitCode.REFUSED;
        } catch (NacosFault e) {
            shell.complain(e.words());
            return ExitCode.FAILED;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return ExitCode.FAILED;
        }
    }

    /// Writes new data ids before the index that names them, and deletes data ids after the index no longer names them, so that a gateway never
    /// reads an index that names a missing data id.
    private void write(NacosStore store, Map<String, String> documents) throws NacosFault, InterruptedException {
        int changed = 0;
        for (Map.Entry<String, String> document : documents.entrySet()) {
            NacosStore.Content before = store.query(document.getKey());
            if (before == null || !before.text().equals(document.getValue())) {
                say(before == null ? "created" : "changed", document.getKey());
                changed++;
                if (!dryRun) {
                    store.publish(document.getKey(), document.getValue(), before);
                }
            }
        }
        NacosStore.Content index = store.query(NacosStore.INDEX);
        String text = NacosIndex.write(documents.keySet());
        if (!dryRun && (index == null || !index.text().equals(text))) {
            store.publish(NacosStore.INDEX, text, index);
            awaitVisible(store, text);
        }
        int deleted = 0;
        if (index != null) {
            for (String dataId : NacosIndex.of(index.text())) {
                if (!documents.containsKey(dataId)) {
                    say("deleted", dataId);
                    deleted++;
                    if (!dryRun) {
                        store.remove(dataId);
                    }
                }
            }
        }
        int unchanged = documents.size() - changed;
        shell.out().println(changed + " written, " + deleted + " deleted, " + unchanged + " unchanged"
                + (dryRun ? " (nothing was written: --dry-run)" : ""));
    }

    /// A server confirms a publication before queries return the new text.
    private static void awaitVisible(NacosStore store, String index) throws NacosFault, InterruptedException {
        long end = System.nanoTime() + VISIBLE.toNanos();
        while (System.nanoTime() - end < 0) {
            NacosStore.Content served = store.query(NacosStore.INDEX);
            if (served != null && served.text().equals(index)) {
                return;
            }
            Thread.sleep(20);
        }
    }

    private void say(String what, String dataId) {
        shell.out().println(what + " " + dataId);
    }
}
