package io.hourmeter.server;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Program;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/**
 * The program without a command: serves. A command's description is one text, however long: of several the list of
 * commands shows the first only.
 */
@Command(
        name = "license-server",
        description = "Keeps the balances of licenses and answers about them over HTTP.",
        footer = {
            "",
            "Settings come from the file named by METERING_CONFIG, else from metering.properties in the working folder,"
                    + " and from environment variables like LICENSE_SERVER_PORT, which win."
        },
        mixinStandardHelpOptions = true,
        versionProvider = LicenseServerCommand.Version.class,
        exitCodeOnExecutionException = ExitCodes.COULD_NOT,
        subcommands = {ServeCommand.class, AuditCommand.class, BackupCommand.class, RestoreCommand.class})
final class LicenseServerCommand implements Callable<Integer> {

    @Override
    public Integer call() throws InterruptedException {
        return new ServeCommand().call();
    }

    /** Of the process: file, environment, defaults. */
    static MeteringConfig settings() {
        return MeteringConfig.builder()
                .process()
                .programs(Set.of(Program.LICENSE_SERVER))
                .build();
    }

    /** Reads the version from the manifest of the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = LicenseServerCommand.class.getPackage().getImplementationVersion();
            return new String[] {"license-server " + (version == null ? "(not built as a jar)" : version)};
        }
    }
}
