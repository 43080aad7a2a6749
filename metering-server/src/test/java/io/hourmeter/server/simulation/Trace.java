package io.hourmeter.server.simulation;

import java.io.PrintStream;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What happens in a simulated world, line by line, for a person; costs nothing while nobody reads it. */
public final class Trace {

    /** Writes nothing. */
    public static final Trace NONE = new Trace(null, new Agenda(0));

    private final @Nullable PrintStream out;
    private final Agenda agenda;

    /** Writes lines that begin with the virtual time. */
    public Trace(@Nullable PrintStream out, Agenda agenda) {
        this.out = out;
        this.agenda = agenda;
    }

    /** Whether anybody reads. */
    public boolean on() {
        return out != null;
    }

    /** Notes that somebody did something. */
    public void say(String who, Supplier<String> what) {
        if (out != null) {
            out.printf("%,12d ms  %-10s %s%n", agenda.now(), who, what.get());
        }
    }
}
