package io.hourmeter.config;

import io.hourmeter.Billing;
import io.hourmeter.OutagePolicy;
import io.hourmeter.internal.DurationBounds;
import io.hourmeter.internal.UsageBounds;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Every setting of every program of Hourmeter. One list, so that a key that stands here is known everywhere and one that
 * does not is a mistake. What a setting is for, its default and its bounds stand in its declaration, from where
 * {@link Setting} tells them; {@code docs/settings.md} and the templates are made of the same. Immutable.
 */
public final class Settings {

    private static final List<Setting<?>> ALL = new ArrayList<>();

    /** {@code license.server.url}. */
    public static final Setting<String> SERVER_URL = setting(
            Program.APPLICATION,
            "license.server.url",
            "http://localhost:5001",
            "an http or https URL, or embedded",
            "Where the license server is; embedded: in this process, when metering-server is on the class path.",
            Parsers::serverUrl);

    /** {@code license.server.token}. */
    public static final Setting<String> SERVER_TOKEN = secret(
            Program.APPLICATION,
            "license.server.token",
            "",
            "a token, or empty",
            "Bearer token of this application.",
            Parsers::token);

    /** {@code payment.server.token}. */
    public static final Setting<String> PAYMENT_TOKEN = secret(
            Program.APPLICATION,
            "payment.server.token",
            "",
            "a token, or empty",
            "Token for crediting, so that the filter's own may stay one for usage; license.server.token unless set.",
            Parsers::token);

    /** {@code license.server.timeout}. */
    public static final Setting<Duration> SERVER_TIMEOUT = duration(
            "license.server.timeout",
            UsageBounds.TIMEOUT,
            DurationText::withUnit,
            "The longest that one call to the license server may take, connect to last byte.");

    /** {@code license.server.kind}. */
    public static final Setting<ServerKind> SERVER_KIND = setting(
            Program.APPLICATION,
            "license.server.kind",
            "hourmeter",
            "hourmeter or older",
            "older: a license server that has only validate, hours and usage; one node, weaker guarantees, no buying. Nothing is guessed.",
            Parsers::serverKind);

    /** {@code usage.check.interval}. */
    public static final Setting<Duration> CHECK_INTERVAL = duration(
            "usage.check.interval",
            UsageBounds.CHECK_INTERVAL,
            DurationText::bareSeconds,
            "How often used time is reported and deducted.");

    /** {@code usage.idle.timeout}. */
    public static final Setting<Duration> IDLE_TIMEOUT = duration(
            "usage.idle.timeout",
            UsageBounds.IDLE_TIMEOUT,
            DurationText::bareSeconds,
            "A pause longer than this ends the usage session at the last activity; shorter pauses count.");

    /** {@code usage.minimum}. */
    public static final Setting<Duration> MINIMUM = duration(
            "usage.minimum", UsageBounds.MINIMUM, DurationText::bareSeconds, "A session counts at least this long.");

    /** {@code usage.billing}. */
    public static final Setting<Billing> BILLING = setting(
            Program.APPLICATION,
            "usage.billing",
            "license",
            "license or session",
            "license: time in which at least one session of the license is active counts once, over all clients and nodes; session: each session counts.",
            Parsers::billing);

    /** {@code usage.lease}. */
    public static final Setting<Optional<Duration>> LEASE = setting(
            Program.APPLICATION,
            "usage.lease",
            "",
            "a duration from " + DurationText.withUnit(UsageBounds.LEASE.least()) + " to "
                    + DurationText.withUnit(UsageBounds.LEASE.most()) + ", at least 2 x usage.check.interval, or empty",
            "How far ahead a node may serve without contact, and how long a revoked license lives on a node that cannot be reached; the larger of 15m and 3 x usage.check.interval unless set.",
            Parsers::lease);

    /** {@code usage.request.limit}. */
    public static final Setting<Duration> REQUEST_LIMIT = duration(
            "usage.request.limit",
            UsageBounds.REQUEST_LIMIT,
            DurationText::withUnit,
            "The longest time that one request may bill.");

    /** {@code usage.overrun}. */
    public static final Setting<Overrun> OVERRUN = setting(
            Program.APPLICATION,
            "usage.overrun",
            "finish",
            "finish or cut",
            "What happens to a stream or asynchronous request when the balance or usage.request.limit ends: finish serves it to its end, unbilled; cut ends it.",
            Parsers::overrun);

    /** {@code usage.journal}. */
    public static final Setting<String> JOURNAL = setting(
            Program.APPLICATION,
            "usage.journal",
            "",
            "a folder, none, or empty",
            "Folder of the crash journal, for the nodes of one license server; in the container's temporary folder unless set, without a container in data/hourmeter-journal; none: no journal.",
            Parsers::folder);

    /** {@code usage.journal.interval}. */
    public static final Setting<Duration> JOURNAL_INTERVAL = duration(
            "usage.journal.interval",
            UsageBounds.JOURNAL_INTERVAL,
            DurationText::withUnit,
            "Pause between two checkpoints of the journal.");

    /** {@code outage.policy}. */
    public static final Setting<OutagePolicy> OUTAGE_POLICY = setting(
            Program.APPLICATION,
            "outage.policy",
            "allow",
            "allow or deny",
            "When the license server cannot be reached and the lease has ended, or metering itself fails: allow serves licenses that this node has seen good within 24 h, for outage.grace; deny answers 503.",
            Parsers::outagePolicy);

    /** {@code outage.grace}. */
    public static final Setting<Duration> OUTAGE_GRACE = duration(
            "outage.grace",
            UsageBounds.OUTAGE_GRACE,
            DurationText::withUnit,
            "The longest service without the license server, per license and node.");

    /** {@code outage.uncollected}. */
    public static final Setting<Uncollected> OUTAGE_UNCOLLECTED = setting(
            Program.LICENSE_SERVER,
            "outage.uncollected",
            "forgive",
            "forgive or owe",
            "Time used in an outage beyond the balance: forgive leaves it unpaid, owe has the next credit pay it first. Read by the license server, embedded or not.",
            Parsers::uncollected);

    /** {@code license.required}. */
    public static final Setting<Boolean> LICENSE_REQUIRED = setting(
            Program.APPLICATION,
            "license.required",
            "true",
            "true or false",
            "false: requests without a key pass without charge; a key that is there is metered and refused as usual.",
            Parsers::flag);

    /** {@code license.header}. */
    public static final Setting<String> LICENSE_HEADER = setting(
            Program.APPLICATION,
            "license.header",
            "X-License-Key",
            "a header name, or empty",
            "Header that carries the key; empty: none.",
            Parsers::headerName);

    /** {@code license.parameter}. */
    public static final Setting<String> LICENSE_PARAMETER = setting(
            Program.APPLICATION,
            "license.parameter",
            "license_key",
            "a parameter name, or empty",
            "Query parameter or form field that carries the key; empty: none.",
            Parsers::parameterName);

    /** {@code license.body.field}. */
    public static final Setting<String> LICENSE_BODY_FIELD = setting(
            Program.APPLICATION,
            "license.body.field",
            "license_key",
            "a field name, or empty",
            "Field of a JSON body that carries the key; empty: none.",
            Parsers::parameterName);

    /** {@code license.cookie}. */
    public static final Setting<String> LICENSE_COOKIE = setting(
            Program.APPLICATION,
            "license.cookie",
            "",
            "a cookie name, or empty",
            "Cookie that may carry the key, for page navigation; none unless set.",
            Parsers::headerName);

    /** {@code proxy.trusted}. */
    public static final Setting<List<String>> PROXY_TRUSTED = add(new Setting<>(
            EnumSet.of(Program.APPLICATION, Program.LICENSE_SERVER),
            "proxy.trusted",
            "",
            "a comma list of IP addresses and networks like 10.0.0.0/8, or empty",
            false,
            "Proxies whose Forwarded and X-Forwarded-For, -Proto, -Host and -Prefix count; they must replace what a client sends under these names.",
            Parsers::networks));

    /** {@code filter.exclude}. */
    public static final Setting<List<String>> FILTER_EXCLUDE = setting(
            Program.APPLICATION,
            "filter.exclude",
            "/health, /static/*",
            "path patterns like /health, /static/* or *.css, or empty",
            "Paths that are neither metered nor refused; payment.page and all below it never is.",
            Parsers::paths);

    /** {@code filter.paths}. */
    public static final Setting<List<String>> FILTER_PATHS = setting(
            Program.APPLICATION,
            "filter.paths",
            "",
            "path patterns like /api/*, or empty",
            "The filter registers itself for these paths, unless the application registers it.",
            Parsers::paths);

    /** {@code filter.preflight}. */
    public static final Setting<Preflight> FILTER_PREFLIGHT = setting(
            Program.APPLICATION,
            "filter.preflight",
            "pass",
            "pass, answer or refuse",
            "What a CORS preflight gets: pass lets it through unmetered, answer is 204 from the filter, refuse judges it like every other request.",
            Parsers::preflight);

    /** {@code filter.shadow}. */
    public static final Setting<Boolean> FILTER_SHADOW = setting(
            Program.APPLICATION,
            "filter.shadow",
            "false",
            "true or false",
            "true: meter, log what would be refused, and refuse nothing.",
            Parsers::flag);

    /** {@code payment.page}. */
    public static final Setting<String> PAYMENT_PAGE = setting(
            Program.APPLICATION,
            "payment.page",
            "/payments/",
            "a path beginning with exactly one /, or an http or https URL",
            "Where a refused customer is sent; a path is relative to the context path.",
            Parsers::page);

    /** {@code stripe.secret.key}. */
    public static final Setting<String> STRIPE_SECRET_KEY = secret(
            Program.APPLICATION,
            "stripe.secret.key",
            "",
            "a key that begins with sk_ or rk_, or empty",
            "Stripe's secret key, or better a restricted one; without it nothing can be bought.",
            Parsers::stripeSecretKey);

    /** {@code stripe.publishable.key}. */
    public static final Setting<String> STRIPE_PUBLISHABLE_KEY = secret(
            Program.APPLICATION,
            "stripe.publishable.key",
            "",
            "a key that begins with pk_, or empty",
            "Stripe's publishable key, of the same mode as the secret one.",
            Parsers::stripePublishableKey);

    /** {@code stripe.webhook.secret}. */
    public static final Setting<List<String>> STRIPE_WEBHOOK_SECRET = secret(
            Program.APPLICATION,
            "stripe.webhook.secret",
            "",
            "a comma list of signing secrets, or empty",
            "Signing secrets of the webhook endpoint; two while one is rolled.",
            Parsers::secrets);

    /** {@code stripe.api.base}. */
    public static final Setting<String> STRIPE_API_BASE = setting(
            Program.APPLICATION,
            "stripe.api.base",
            "",
            "an http or https URL, or empty",
            "Another base URL of Stripe's API, for tests and stand-ins.",
            Parsers::optionalUrl);

    /** {@code hours.per.dollar}. */
    public static final Setting<BigDecimal> HOURS_PER_DOLLAR = setting(
            Program.APPLICATION,
            "hours.per.dollar",
            "0.2",
            "a decimal number above 0, at most 1000000",
            "Hours for one unit of the currency; at 0.2 an hour costs 5.",
            Parsers::ratio);

    /** {@code payment.currency}. */
    public static final Setting<String> PAYMENT_CURRENCY = setting(
            Program.APPLICATION,
            "payment.currency",
            "usd",
            "a three-letter currency code",
            "Currency of all prices; those without decimals and with three are known.",
            Parsers::currency);

    /** {@code payment.packages}. */
    public static final Setting<List<PackageOffer>> PAYMENT_PACKAGES = setting(
            Program.APPLICATION,
            "payment.packages",
            "small:5:25, medium:10:45, large:20:80, xlarge:50:180",
            "a comma list of id:hours:price[:name], or empty",
            "Packages on offer; the name is like 5 Hours Pack unless given.",
            Parsers::packages);

    /** {@code payment.minimum.hours}. */
    public static final Setting<BigDecimal> PAYMENT_MINIMUM_HOURS = setting(
            Program.APPLICATION,
            "payment.minimum.hours",
            "0.5",
            "hours from 0.0000002 to 1000000",
            "The least hours of a custom purchase.",
            Parsers::hours);

    /** {@code payment.maximum.hours}. */
    public static final Setting<BigDecimal> PAYMENT_MAXIMUM_HOURS = setting(
            Program.APPLICATION,
            "payment.maximum.hours",
            "1000",
            "hours from 0.0000002 to 1000000",
            "The most hours of a custom purchase.",
            Parsers::hours);

    /** {@code payment.product.name}. */
    public static final Setting<String> PAYMENT_PRODUCT_NAME = setting(
            Program.APPLICATION,
            "payment.product.name",
            "Access",
            "a text of at most 80 characters",
            "What is sold, as Stripe's page and receipt show it: 10 hours of Access.",
            Parsers::name);

    /** {@code payment.public.url}. */
    public static final Setting<String> PAYMENT_PUBLIC_URL = setting(
            Program.APPLICATION,
            "payment.public.url",
            "",
            "an http or https URL of at most 400 characters, or empty",
            "Public base URL of the application, for Stripe's way back; unless set the request's own origin, if that is loopback.",
            Parsers::publicUrl);

    /** {@code payment.return.url}. */
    public static final Setting<String> PAYMENT_RETURN_URL = setting(
            Program.APPLICATION,
            "payment.return.url",
            "",
            "a path beginning with exactly one /, an http or https URL, or empty",
            "Where the success page leads on to; a path is relative to the context path.",
            Parsers::returnUrl);

    /** {@code payment.signup}. */
    public static final Setting<Boolean> PAYMENT_SIGNUP = setting(
            Program.APPLICATION,
            "payment.signup",
            "off",
            "on or off",
            "on: the payment page can create a license with 0 hours, and shows its key once.",
            Parsers::flag);

    /** {@code license.server.port}. */
    public static final Setting<Integer> LICENSE_SERVER_PORT = setting(
            Program.LICENSE_SERVER,
            "license.server.port",
            "5001",
            "a port from 0 to 65535",
            "Port of the license server.",
            Parsers::port);

    /** {@code license.server.host}. */
    public static final Setting<String> LICENSE_SERVER_HOST = setting(
            Program.LICENSE_SERVER,
            "license.server.host",
            "127.0.0.1",
            "a host name or address",
            "Address that the license server listens on; one beyond loopback needs tokens.",
            Parsers::host);

    /** {@code license.server.database}. */
    public static final Setting<String> LICENSE_SERVER_DATABASE = setting(
            Program.LICENSE_SERVER,
            "license.server.database",
            "jdbc:sqlite:data/licenses.db",
            "jdbc:sqlite: and a file",
            "Database of the ledger; this version has SQLite only.",
            Parsers::database);

    /** {@code license.server.tokens.admin}. */
    public static final Setting<List<String>> ADMIN_TOKENS = secret(
            Program.LICENSE_SERVER,
            "license.server.tokens.admin",
            "",
            "a comma list of tokens, or empty",
            "Tokens that may do everything.",
            Parsers::secrets);

    /** {@code license.server.tokens.credit}. */
    public static final Setting<List<String>> CREDIT_TOKENS = secret(
            Program.LICENSE_SERVER,
            "license.server.tokens.credit",
            "",
            "a comma list of tokens, or empty",
            "Tokens that may add time and report use.",
            Parsers::secrets);

    /** {@code license.server.tokens.usage}. */
    public static final Setting<List<String>> USAGE_TOKENS = secret(
            Program.LICENSE_SERVER,
            "license.server.tokens.usage",
            "",
            "a comma list of tokens, or empty",
            "Tokens that may report use.",
            Parsers::secrets);

    /** {@code license.key.prefix}. */
    public static final Setting<String> LICENSE_KEY_PREFIX = setting(
            Program.LICENSE_SERVER,
            "license.key.prefix",
            "RL",
            "2 to 8 letters and digits",
            "Prefix of new license keys.",
            Parsers::keyPrefix);

    /** {@code license.duration.days}. */
    public static final Setting<Optional<Integer>> LICENSE_DURATION_DAYS = setting(
            Program.LICENSE_SERVER,
            "license.duration.days",
            "",
            "a whole number of days from 1 to 36500, or empty",
            "How long new licenses serve; unless set they do not expire.",
            Parsers::days);

    /** {@code license.zone}. */
    public static final Setting<ZoneId> LICENSE_ZONE = setting(
            Program.LICENSE_SERVER,
            "license.zone",
            "UTC",
            "a time zone like Europe/Berlin",
            "Zone of the days of the history.",
            Parsers::zone);

    /** {@code webapp.port}. */
    public static final Setting<Integer> WEBAPP_PORT = setting(
            Program.EXAMPLE,
            "webapp.port",
            "8080",
            "a port from 0 to 65535",
            "Port of the example web application.",
            Parsers::port);

    /** {@code webapp.demo}. */
    public static final Setting<Boolean> WEBAPP_DEMO = setting(
            Program.EXAMPLE,
            "webapp.demo",
            "false",
            "true or false",
            "true: create a demo license, with short intervals.",
            Parsers::flag);

    /** {@code webapp.stripe}. */
    public static final Setting<String> WEBAPP_STRIPE = setting(
            Program.EXAMPLE,
            "webapp.stripe",
            "live",
            "live or stand-in",
            "live: as the Stripe keys say; stand-in: purchases are clicked through offline.",
            Parsers::webappStripe);

    private Settings() {}

    /**
     * All settings in the order of the documentation.
     *
     * @return unmodifiable
     */
    public static List<Setting<?>> all() {
        return Listed.ALL;
    }

    /** The list and its look-ups, built at first use: by then every constant above is there. */
    private static final class Listed {
        private static final List<Setting<?>> ALL = List.copyOf(Settings.ALL);
        private static final Map<String, Setting<?>> BY_KEY =
                ALL.stream().collect(Collectors.toUnmodifiableMap(Setting::key, Function.identity()));
        private static final Map<String, Setting<?>> BY_ENVIRONMENT_KEY =
                ALL.stream().collect(Collectors.toUnmodifiableMap(Setting::environmentKey, Function.identity()));
    }

    /** The setting of a key as it stands in a properties file; null if there is none. */
    static @Nullable Setting<?> byKey(String key) {
        return Listed.BY_KEY.get(key);
    }

    /** The setting of a key written either way; null if there is none. */
    static @Nullable Setting<?> byEitherName(String name) {
        Setting<?> setting = Listed.BY_KEY.get(name);
        return setting != null ? setting : Listed.BY_ENVIRONMENT_KEY.get(name);
    }

    private static Setting<Duration> duration(
            String key, DurationBounds bounds, Function<Duration, String> written, String description) {
        return setting(
                Program.APPLICATION,
                key,
                written.apply(bounds.usual()),
                DurationText.allowed(bounds),
                description,
                text -> Parsers.within(text, bounds));
    }

    private static <T> Setting<T> setting(
            Program program,
            String key,
            String defaultText,
            String allowed,
            String description,
            Function<String, T> parser) {
        return add(new Setting<>(EnumSet.of(program), key, defaultText, allowed, false, description, parser));
    }

    private static <T> Setting<T> secret(
            Program program,
            String key,
            String defaultText,
            String allowed,
            String description,
            Function<String, T> parser) {
        return add(new Setting<>(EnumSet.of(program), key, defaultText, allowed, true, description, parser));
    }

    private static <T> Setting<T> add(Setting<T> setting) {
        ALL.add(setting);
        return setting;
    }
}
