package io.hourmeter.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.internal.UncaughtErrors;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
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

    /** As bytes, and written past the buffers: there may be no memory to make them. */
    private static final byte[] LAST_LINE =
            "license-server: this process cannot go on and ends, to be started again\n".getBytes(US_ASCII);

    private static final OutputStream ERRORS = new FileOutputStream(FileDescriptor.err);

    /**
     * Told once at the start, when there is memory: the classes on the way to the end of the process are looked up at their
     * first use, and that takes some.
     */
    private static final class Rehearsal extends VirtualMachineError {
        private static final long serialVersionUID = 1;
    }

    @Override
    public Integer call() throws InterruptedException {
        Thread.setDefaultUncaughtExceptionHandler(ServeCommand::uncaught);
        UncaughtErrors.tell(new Rehearsal());
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
        if (!UncaughtErrors.endsTheProcess(thrown)) {
            LOG.error("Thread {} ended", thread.getName(), thrown);
            return;
        }
        Runtime process = Runtime.getRuntime();
        if (thrown instanceof Rehearsal) {
            return;
        }
        try {
            ERRORS.write(LAST_LINE);
            System.err.println(thrown);
        } catch (IOException e) {
            // The exit code says it as well.
        } finally {
            process.halt(ExitCodes.BROKEN);
        }
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
