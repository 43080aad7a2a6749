package io.hourmeter.server;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Program;
import io.hourmeter.server.ledger.Ledger;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Checks the books: recomputes what is kept as a sum, and tells every millisecond that does not add up. */
@Command(
        name = "audit",
        description =
                "Recomputes every license from its entries and leases, compares with its running totals, and prints"
                        + " one line for each difference. Only reads, and may run beside the license server.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:no difference", "1:a difference of at least one millisecond", "2:the audit could not be done"
        },
        exitCodeOnExecutionException = AuditCommand.NOT_DONE,
        mixinStandardHelpOptions = true)
final class AuditCommand implements Callable<Integer> {

    private static final int CLEAN = 0;
    private static final int DIFFERENT = 1;
    static final int NOT_DONE = 2;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        long begun = System.nanoTime();
        MeteringConfig config = MeteringConfig.builder()
                .process()
                .programs(Set.of(Program.LICENSE_SERVER))
                .build();
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Ledger.Audit audit = Ledger.audit(config, out::println);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        out.println("licenses " + audit.licenses()
                + ", leases " + audit.leases() + ", entries " + audit.entries() + ", differences "
                + audit.differences() + ", seconds "
                + BigDecimal.valueOf(millis, 3).toPlainString());
        out.flush();
        return audit.differences() == 0 ? CLEAN : DIFFERENT;
    }
}
