package io.hourmeter.server;

import io.hourmeter.config.MeteringConfig;
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

    @Override
    public Integer call() throws InterruptedException {
        MeteringConfig config = LicenseServerCommand.settings();
        config.log();
        LicenseServer server = LicenseServer.start(config);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "stop"));
        LOG.info("License server listens on {}", server.url());
        // For ever: a signal runs the hook above and ends the process.
        new CountDownLatch(1).await();
        return 0;
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
