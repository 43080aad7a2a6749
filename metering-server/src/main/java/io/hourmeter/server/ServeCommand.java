package io.hourmeter.server;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.internal.UncaughtErrors;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** Serves until the process is told to end. */
@Command(
        name = "serve",
        description = "Serves until SIGINT or SIGTERM (default).",
        exitCodeOnExecutionException = ExitCodes.COULD_NOT,
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    /** A process manager kills after ten seconds; what has not ended by now never will, and the ledger is safe to drop. */
    private static final long LONGEST_STOP_SECONDS = 9;

    private static final String LAST_LINE = "license-server: this process cannot go on and ends, to be started again:";

    @Override
    public Integer call() throws InterruptedException {
        Thread.setDefaultUncaughtExceptionHandler(ServeCommand::uncaught);
        MeteringConfig config = LicenseServerCommand.settings();
        config.log();
        LicenseServer server = LicenseServer.start(config);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "stop"));
        LOG.info("License server listens on {}", server.url());
        // For ever: a signal runs the hook above and ends the process.
        new CountDownLatch(1).await();
        return 0;
    }

    /**
     * Ends the process when it cannot go on: whoever watches it starts another, while one that stays serves nobody. What was
     * acknowledged is on the disk. Memory may be short, so nothing is made here that can be there before.
     */
    private static void uncaught(Thread thread, Throwable thrown) {
        if (UncaughtErrors.endsTheProcess(thrown)) {
            try {
                System.err.println(LAST_LINE);
                System.err.println(thrown);
            } finally {
                Runtime.getRuntime().halt(ExitCodes.BROKEN);
            }
        }
        LOG.error("Thread {} ended", thread.getName(), thrown);
    }

    private static void stop(LicenseServer server) {
        Thread closing = new Thread(server::close, "close");
        closing.setDaemon(true);
        closing.start();
        try {
            closing.join(TimeUnit.SECONDS.toMillis(LONGEST_STOP_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (closing.isAlive()) {
            LOG.warn("The license server did not close within {} s; ending all the same", LONGEST_STOP_SECONDS);
            Runtime.getRuntime().halt(1);
        }
        LOG.info("License server closed");
    }
}
