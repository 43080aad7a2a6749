package io.hourmeter.server;

import picocli.CommandLine;

/** The license server as a program: {@code java -jar license-server.jar}. */
public final class LicenseServerMain {

    private static final String LOGGING_PROPERTY = "logback.configurationFile";
    private static final String LOGGING_FILE = "io/hourmeter/server/license-server-logback.xml";

    private LicenseServerMain() {}

    /**
     * Runs a command, {@code serve} when none is named, and ends the process with its exit code.
     *
     * @param arguments of the command line; {@code --help} lists them
     */
    public static void main(String[] arguments) {
        // Before the first logger is made: it would fix the configuration.
        if (System.getProperty(LOGGING_PROPERTY) == null) {
            System.setProperty(LOGGING_PROPERTY, LOGGING_FILE);
        }
        JettyLogFilter.install();
        System.exit(run(commandLine(), arguments));
    }

    private static int run(CommandLine commandLine, String... arguments) {
        try {
            return commandLine.execute(arguments);
        } catch (Error e) {
            // Where a class or memory is missing the command line's own handler is not asked.
            return FailedStart.report(e, commandLine);
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new LicenseServerCommand())
                .setExecutionExceptionHandler(
                        (failure, commandLine, parsed) -> FailedStart.report(failure, commandLine));
    }
}
