package io.hourmeter.server;

import io.hourmeter.server.ledger.Ledger;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Copies the ledger while the license server runs. */
@Command(
        name = "backup",
        description =
                "Copies the ledger, as it is at one moment, into a new file. May run beside the license server. The"
                        + " copy is checked and audited before it gets its name.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the backup is there",
            "1:the backup is there, and its audit found a difference",
            "2:there is no backup"
        },
        exitCodeOnExecutionException = ExitCodes.COULD_NOT,
        mixinStandardHelpOptions = true)
final class BackupCommand implements Callable<Integer> {

    @Mixin
    private final JsonOption output = new JsonOption();

    @Parameters(paramLabel = "FILE", description = "The file to write, which must not exist.")
    private @Nullable Path file;

    @Override
    public Integer call() {
        Path target = Objects.requireNonNull(file).toAbsolutePath().normalize();
        Ledger.Audit audit = Ledger.backup(LicenseServerCommand.settings(), target, output::difference);
        output.result(audit, Map.of("backup", target.toString()));
        return ExitCodes.of(audit);
    }
}
