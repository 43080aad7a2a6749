package io.hourmeter.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What {@code --help} says is whole sentences that fit into a terminal. */
class CommandHelpTest {

    private static final int TERMINAL = 80;

    private final CommandLine program = LicenseServerMain.commandLine();

    @Test
    void theListOfCommandsShowsEachDescriptionToItsEnd() {
        String help = words(program.getUsageMessage(CommandLine.Help.Ansi.OFF));
        program.getSubcommands().forEach((name, command) -> {
            String description = words(
                    String.join(" ", command.getCommandSpec().usageMessage().description()));
            assertThat(description).as(name).endsWith(".");
            assertThat(help).contains(name + " " + description);
        });
        assertThat(help).endsWith("which win.");
    }

    @Test
    void noLineIsWiderThanATerminal() {
        Stream.concat(
                        Stream.of(program),
                        program.getSubcommands().entrySet().stream().map(Map.Entry::getValue))
                .flatMap(command ->
                        command.getUsageMessage(CommandLine.Help.Ansi.OFF).lines())
                .forEach(line -> assertThat(line).hasSizeLessThanOrEqualTo(TERMINAL));
    }

    private static String words(String text) {
        return Stream.of(text.strip().split("\\s+")).collect(Collectors.joining(" "));
    }
}
