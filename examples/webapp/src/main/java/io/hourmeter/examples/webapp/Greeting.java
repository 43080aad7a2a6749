package io.hourmeter.examples.webapp;

import io.hourmeter.LicenseId;
import io.hourmeter.config.Settings;
import java.util.StringJoiner;

/** What the program says when it is up: addresses, and in the demo lines to try. Goes to the terminal, not to a log. */
final class Greeting {

    private Greeting() {}

    static String of(WebApp app) {
        String site = "http://localhost:" + app.port();
        StringJoiner lines = new StringJoiner("\n");
        lines.add("");
        lines.add("Hourmeter example web application");
        lines.add("");
        lines.add("  Page            " + site + "/");
        lines.add("  Payments        " + site + "/payments/");
        lines.add("  License server  " + licenseServer(app));
        app.stripeStandIn().ifPresent(address -> {
            lines.add("  Stripe          a stand-in, no money moves: what was bought, refunds and disputes at");
            lines.add("                  " + address + "/");
        });
        app.demo().ifPresent(demo -> demo(app, demo, site, lines));
        lines.add("");
        lines.add("Ctrl-C settles what is running and ends.");
        lines.add("");
        return lines.toString();
    }

    private static String licenseServer(WebApp app) {
        return app.licenseServerPort().isPresent()
                ? "http://localhost:" + app.licenseServerPort().getAsInt() + "/api/health"
                : app.config().get(Settings.SERVER_URL);
    }

    private static void demo(WebApp app, DemoLicense demo, String site, StringJoiner lines) {
        String name = app.config().get(Settings.LICENSE_HEADER);
        String header = "-H '" + (name.isEmpty() ? "Authorization: Bearer " : name + ": ")
                + demo.key().text() + "' ";
        lines.add("  License key     " + demo.key().text() + (demo.found() ? "  (as before)" : "  (new, 1 hour)")
                + ", kept in " + DemoLicense.FILE);
        lines.add("");
        lines.add("Paste the key into the page, or try");
        lines.add("");
        lines.add("  curl -i " + header + site + "/api/status");
        lines.add("  curl -N " + header + "'" + site + "/api/stream?seconds=5'");
        lines.add("  curl " + header + "--data-binary @README.md " + site + "/api/upload");
        lines.add("  curl " + header + site + "/payments/balance");
        lines.add("  curl -i " + site + "/api/status");
        LicenseId id = demo.license().id();
        if (id != null && app.licenseServerPort().isPresent()) {
            // By its id: a key in an address would end up in the shell's history and in logs.
            lines.add("  curl -X POST http://localhost:"
                    + app.licenseServerPort().getAsInt() + "/api/licenses/" + id + "/hours -d '{\"hours\":5}'");
        }
    }
}
