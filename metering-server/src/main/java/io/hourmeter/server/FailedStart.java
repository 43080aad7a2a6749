package io.hourmeter.server;

import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.config.ConfigurationException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** Tells why a command ended badly. */
final class FailedStart {

    private FailedStart() {}

    /**
     * Writes one line for the person who can mend it. Only what no one foresaw has a stack trace, and that in the log.
     *
     * @return the exit code, as the command declares it
     */
    static int report(Throwable failure, CommandLine commandLine) {
        commandLine.getErr().println("license-server: " + oneLine(failure));
        commandLine.getErr().flush();
        if (!(failure instanceof ConfigurationException || failure instanceof LicenseServerUnavailableException)) {
            LoggerFactory.getLogger(FailedStart.class).error("The command failed", failure);
        }
        return commandLine.getCommandSpec().exitCodeOnExecutionException();
    }

    private static String oneLine(Throwable failure) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        return message.replaceAll("\\s*\\R\\s*", " ");
    }
}
