package io.hourmeter.config;

import io.hourmeter.internal.TrustedProxies;
import io.hourmeter.internal.UsageBounds;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What settings say about each other: combinations that are refused, and those that are only worth a warning. */
final class CrossFieldRules {

    private static final Pattern STRIPE_MODE = Pattern.compile("[srp]k_(test|live)_.*", Pattern.DOTALL);

    private CrossFieldRules() {}

    /** Throws ConfigurationException when two settings of an application contradict each other. */
    static void check(MeteringConfig config) {
        if (config.lease().compareTo(UsageBounds.leastLease(config.get(Settings.CHECK_INTERVAL))) < 0) {
            throw contradiction(
                    config,
                    Settings.LEASE,
                    Settings.CHECK_INTERVAL,
                    "a usage.lease of at least 2 x usage.check.interval");
        }
        if (config.get(Settings.SERVER_KIND) == ServerKind.OLDER
                && config.get(Settings.SERVER_URL).equals("embedded")) {
            throw contradiction(
                    config,
                    Settings.SERVER_KIND,
                    Settings.SERVER_URL,
                    "older with the address of such a license server, since an embedded one is none");
        }
        BigDecimal least = config.get(Settings.PAYMENT_MINIMUM_HOURS);
        if (least.compareTo(config.get(Settings.PAYMENT_MAXIMUM_HOURS)) > 0) {
            throw contradiction(
                    config,
                    Settings.PAYMENT_MINIMUM_HOURS,
                    Settings.PAYMENT_MAXIMUM_HOURS,
                    "a minimum that is not above the maximum");
        }
        PriceRules.check(config);
        String secretMode = mode(config.get(Settings.STRIPE_SECRET_KEY));
        String publishableMode = mode(config.get(Settings.STRIPE_PUBLISHABLE_KEY));
        if (!secretMode.isEmpty() && !publishableMode.isEmpty() && !secretMode.equals(publishableMode)) {
            throw contradiction(
                    config,
                    Settings.STRIPE_PUBLISHABLE_KEY,
                    Settings.STRIPE_SECRET_KEY,
                    "two keys of the same mode, test or live");
        }
    }

    /** What is set here and counts elsewhere. */
    static List<String> remarks(MeteringConfig config) {
        boolean owes = config.given(Settings.OUTAGE_UNCOLLECTED).text().equalsIgnoreCase("owe");
        if (!owes || config.get(Settings.SERVER_URL).equals("embedded")) {
            return List.of();
        }
        String where = config.get(Settings.SERVER_KIND) == ServerKind.OLDER
                ? "an older license server forgives what it cannot collect"
                : "the license server at license.server.url reads it, and has to have it in its own settings";
        return List.of("outage.uncollected=owe (" + config.source(Settings.OUTAGE_UNCOLLECTED)
                + ") has no effect in this program: " + where);
    }

    /** What an application's operator should know, and need not act on. */
    static List<String> warnings(MeteringConfig config) {
        List<String> warnings = new ArrayList<>();
        if (!config.get(Settings.STRIPE_SECRET_KEY).isEmpty()) {
            if (config.get(Settings.SERVER_KIND) == ServerKind.OLDER) {
                warnings.add("license.server.kind=older: nothing can be bought although stripe.secret.key is set, since"
                        + " such a license server cannot be credited safely");
            }
            if (config.get(Settings.STRIPE_PUBLISHABLE_KEY).isEmpty()) {
                warnings.add("stripe.publishable.key is not set; nothing needs it today");
            }
            if (config.get(Settings.STRIPE_WEBHOOK_SECRET).isEmpty()) {
                warnings.add(
                        "stripe.webhook.secret is not set: Stripe's webhooks are refused, and purchases are credited"
                                + " by the success page and the reconciler alone");
            }
        }
        if (!config.get(Settings.STRIPE_WEBHOOK_SECRET).stream().allMatch(secret -> secret.startsWith("whsec_"))) {
            warnings.add("stripe.webhook.secret holds a secret that does not begin with whsec_");
        }
        if (TrustedProxies.of(config.get(Settings.PROXY_TRUSTED)).trustsEverybody()) {
            warnings.add(
                    "proxy.trusted holds a network of all addresses: whoever reaches this application past the proxy"
                            + " can claim any address");
        }
        warnings.addAll(PriceRules.warnings(config));
        return warnings;
    }

    /** {@code test}, {@code live}, or empty when the key does not say. */
    private static String mode(String key) {
        Matcher matcher = STRIPE_MODE.matcher(key);
        return matcher.matches() ? matcher.group(1) : "";
    }

    private static ConfigurationException contradiction(
            MeteringConfig config, Setting<?> setting, Setting<?> other, String allowed) {
        return ConfigError.contradiction(setting, config.given(setting), other, config.given(other), allowed);
    }
}
