package io.hourmeter.server;

import io.hourmeter.server.ledger.Ledger;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Puts a backup in the place of the ledger. */
@Command(
        name = "restore",
        description = "Puts a backup in the place of the ledger. The license server must be stopped. The backup is"
                + " checked and audited first, and is not changed.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the ledger is restored",
            "1:the ledger is restored, and its audit found a difference",
            "2:nothing was changed"
        },
        exitCodeOnExecutionException = ExitCodes.COULD_NOT,
        mixinStandardHelpOptions = true)
final class RestoreCommand implements Callable<Integer> {

    @Mixin
    private final JsonOption output = new JsonOption();

    @Option(names = "--keep", description = "Renames a ledger that is there, instead of refusing.")
    private boolean keep;

    @Parameters(paramLabel = "FILE", description = "The backup.")
    private @Nullable Path file;

    @Override
    public Integer call() {
        Path backup = Objects.requireNonNull(file).toAbsolutePath().normalize();
        Ledger.Restored restored = Ledger.restore(LicenseServerCommand.settings(), backup, keep, output::difference);
        Map<String, String> done = new LinkedHashMap<>();
        done.put("restored", backup.toString());
        Path kept = restored.kept();
        if (kept != null) {
            done.put("kept", kept.toString());
        }
        output.result(restored.audit(), done);
        return ExitCodes.of(restored.audit());
    }
}
