package io.hourmeter.server;

import io.hourmeter.server.ledger.Ledger;
import java.math.BigDecimal;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Checks the books: recomputes what is kept as a sum, and tells every millisecond that does not add up. */
@Command(
        name = "audit",
        description =
                "Recomputes every license from its entries and leases, compares with its running totals, and prints"
                        + " one line for each difference. Only reads, and may run beside the license server.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:no difference", "1:a difference of at least one millisecond", "2:the audit could not be done"
        },
        exitCodeOnExecutionException = ExitCodes.COULD_NOT,
        mixinStandardHelpOptions = true)
final class AuditCommand implements Callable<Integer> {

    @Mixin
    private final JsonOption output = new JsonOption();

    @Override
    public Integer call() {
        long begun = System.nanoTime();
        Ledger.Audit audit = Ledger.audit(LicenseServerCommand.settings(), output::difference);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        output.result(audit, Map.of("seconds", BigDecimal.valueOf(millis, 3)));
        return ExitCodes.of(audit);
    }
}
