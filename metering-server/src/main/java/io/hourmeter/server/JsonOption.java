package io.hourmeter.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.hourmeter.server.ledger.Difference;
import io.hourmeter.server.ledger.Ledger;
import io.hourmeter.wire.Json;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a command found out about a ledger, as lines for people or as one JSON object for programs. */
final class JsonOption {

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(names = "--json", description = "Prints one JSON object instead of lines.")
    private boolean json;

    private final List<Map<String, Object>> differences = new ArrayList<>();

    /** One thing that the audit of a ledger finds. */
    void difference(Difference found) {
        if (!json) {
            out().println(found);
            return;
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("license", found.license());
        members.put("field", found.field());
        members.put("expected_ms", found.expectedMillis());
        members.put("found_ms", found.foundMillis());
        differences.add(members);
    }

    /** The end: what the ledger contains, and what was done with it. */
    void result(Ledger.Audit audit, Map<String, ?> done) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("licenses", audit.licenses());
        members.put("leases", audit.leases());
        members.put("entries", audit.entries());
        members.put("differences", json ? differences : audit.differences());
        members.putAll(done);
        if (json) {
            out().println(text(members));
        } else {
            if (audit.licenses() == 0) {
                out().println("the ledger is empty: there is no license in it");
            }
            List<String> words = new ArrayList<>();
            members.forEach((name, value) -> words.add(name + " " + value));
            out().println(String.join(", ", words));
        }
        out().flush();
    }

    private PrintWriter out() {
        return Objects.requireNonNull(command).commandLine().getOut();
    }

    private static String text(Map<String, Object> members) {
        try {
            return Json.MAPPER.writeValueAsString(members);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("numbers and texts always have a JSON form", e);
        }
    }
}
