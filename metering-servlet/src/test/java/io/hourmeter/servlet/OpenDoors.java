package io.hourmeter.servlet;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Setting;
import io.hourmeter.config.Settings;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.UsageStats;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * Tries one set of settings: which methods a request passes, and who gets in when one of them fails. Loaded by a
 * {@link TripwireLoader}, with everything of ours that it touches.
 */
public final class OpenDoors {

    /** Where a key stands in a request. */
    enum Source {
        HEADER,
        BEARER,
        COOKIE,
        QUERY,
        FORM,
        JSON,
        RESOLVER_KEY,
        RESOLVER_ID;

        /** Who is refused is led to the payment page. */
        boolean inABrowser() {
            return this == COOKIE || this == QUERY || this == RESOLVER_KEY;
        }
    }

    /** Who asks, and what they get when nothing fails; those of an outage at the end, since nobody else is served then. */
    enum Person {
        CUSTOMER(200),
        CUSTOMER_BEGINS(200),
        NOBODY(401),
        NONSENSE(401),
        TWO_KEYS(400),
        STRANGER(401),
        KNOWN_STRANGER(401),
        USED_UP(402),
        SUSPENDED(403),
        CUSTOMER_IN_OUTAGE(200),
        STRANGER_IN_OUTAGE(503);

        final int status;

        Person(int status) {
            this.status = status;
        }

        boolean isCustomer() {
            return this == CUSTOMER || this == CUSTOMER_BEGINS || this == CUSTOMER_IN_OUTAGE;
        }

        boolean inOutage() {
            return this == CUSTOMER_IN_OUTAGE || this == STRANGER_IN_OUTAGE;
        }
    }

    /** What the servlet does. */
    enum Work {
        ANSWER,
        THROW,
        ASYNC
    }

    /** One kind of request. */
    record Scenario(Person person, Source source, Work work) {}

    /** What came of a request. */
    private record Outcome(
            int status, boolean served, @Nullable Throwable strange) {}

    /** What the application throws. */
    private static final class Deliberate extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** What the container calls: nothing of ours is before it that could catch what it throws. */
    private static final List<String> ENTRIES =
            List.of("io.hourmeter.servlet.MeteringFilter.doFilter(", "io.hourmeter.servlet.AsyncRelease.on");

    private static final Map<String, Supplier<Throwable>> FAULTS = faults();

    private static Map<String, Supplier<Throwable>> faults() {
        Map<String, Supplier<Throwable>> faults = new LinkedHashMap<>();
        faults.put("RuntimeException", () -> new IllegalStateException("tripped"));
        faults.put("LinkageError", () -> new NoClassDefFoundError("tripped"));
        faults.put("AssertionError", () -> new AssertionError("tripped"));
        faults.put("StackOverflowError", () -> new StackOverflowError("tripped"));
        return faults;
    }

    /** Four times what the node may take; only a failure takes as long. */
    private static final long TO_HEAL_NANOS = Duration.ofSeconds(20).toNanos();

    private static final long TICK_MILLIS = 10;

    private final Map<Setting<?>, String> settings;
    private final boolean required;
    private final boolean allow;
    private final boolean everySource;
    private final int part;
    private final int parts;
    private final Map<String, String> complaints = new LinkedHashMap<>();
    private Set<String> closing = Set.of();
    private boolean byPaths;
    private int tries;

    /**
     * Made by its name, in the other class loader.
     *
     * @param part which of the methods, {@code 1/2} for the first half of them
     */
    public OpenDoors(String policy, String required, String billing, String everySource, String part) {
        settings = Web.settings(
                Settings.OUTAGE_POLICY,
                policy,
                Settings.LICENSE_REQUIRED,
                required,
                Settings.BILLING,
                billing,
                Settings.LICENSE_COOKIE,
                "license",
                Settings.FILTER_PATHS,
                "/*",
                // A fault may lose a question to the license server, which is then waited for in vain.
                Settings.SERVER_TIMEOUT,
                "20ms");
        this.required = Boolean.parseBoolean(required);
        allow = policy.equals("allow");
        this.everySource = Boolean.parseBoolean(everySource);
        this.part = Integer.parseInt(part.substring(0, part.indexOf('/'))) - 1;
        parts = Integer.parseInt(part.substring(part.indexOf('/') + 1));
    }

    /** The same for what {@code filter.paths} puts before all filters. */
    public List<String> callByPaths() throws Exception {
        byPaths = true;
        try (Site site = new PathsSite()) {
            Map<String, Set<Scenario>> ways = ways(site);
            ways.keySet()
                    .removeIf(method -> !method.startsWith(HandshakeFilter.class.getName())
                            || method.startsWith(HandshakeFilter.class.getName() + ".doFilter("));
            return fail(site, ways);
        }
    }

    /** Who gets in when a class is missing; nobody at all where the filter, or this test, does not even start. */
    public List<String> callAsItIs() throws Exception {
        try (Site site = new Site()) {
            site.open();
            for (Scenario scenario : scenarios()) {
                if (scenario.person == Person.USED_UP || scenario.person == Person.SUSPENDED) {
                    // A tracker that lacks a class may not have heard of it, and their lease still runs.
                    continue;
                }
                tries++;
                Outcome outcome = site.send(scenario);
                String wrong = wrong(scenario, outcome);
                if (wrong != null) {
                    complaints.putIfAbsent(wrong, outcome + " to " + scenario);
                }
            }
            site.shut();
        } catch (LinkageError e) {
            return List.of("does not start");
        }
        return report("starts");
    }

    /** The names of the classes on the way. */
    public List<String> classes() throws Exception {
        try (Site site = new Site()) {
            Set<String> names = new TreeSet<>();
            for (String method : ways(site).keySet()) {
                names.add(method.substring(0, method.lastIndexOf('.', method.indexOf('('))));
            }
            return List.copyOf(names);
        }
    }

    /** Goes through all of it. Returns what is wrong, and in the first line what was tried. */
    public List<String> call() throws Exception {
        try (Site site = new Site()) {
            Map<String, Set<Scenario>> ways = ways(site);
            closing = site.closing();
            ways.keySet().removeIf(method -> ENTRIES.stream().anyMatch(method::startsWith));
            return fail(site, ways);
        }
    }

    private List<String> fail(Site site, Map<String, Set<Scenario>> ways) throws Exception {
        int turn = 0;
        int mine = 0;
        for (Map.Entry<String, Set<Scenario>> way : ways.entrySet()) {
            if (Math.floorMod(way.getKey().hashCode(), parts) == part) {
                site.open();
                fail(site, way.getKey(), way.getValue(), turn);
                site.shut();
                mine++;
            }
            turn++;
        }
        return report(mine + " of " + ways.size() + " methods");
    }

    private List<String> report(String how) {
        List<String> lines = new ArrayList<>();
        lines.add(settings + ": " + how + ", " + tries + " requests");
        complaints.forEach((what, example) -> lines.add(what + ", for example " + example));
        return lines;
    }

    private List<Scenario> scenarios() {
        List<Scenario> scenarios = new ArrayList<>();
        for (Person person : Person.values()) {
            for (Source source : Source.values()) {
                boolean answeredInAllWays = person == Person.CUSTOMER && source == Source.JSON;
                for (Work work : answeredInAllWays && !byPaths ? Work.values() : new Work[] {Work.ANSWER}) {
                    if (makesSense(person, source)) {
                        scenarios.add(new Scenario(person, source, work));
                    }
                }
            }
        }
        return scenarios;
    }

    private boolean makesSense(Person person, Source source) {
        boolean resolved = source == Source.RESOLVER_KEY || source == Source.RESOLVER_ID;
        if (byPaths && resolved) {
            return false;
        }
        return (source != Source.FORM || required) && (person != Person.TWO_KEYS || !resolved);
    }

    /** A bearer token that is no key belongs to the application. */
    private boolean mayPass(Scenario scenario) {
        return !required
                && (scenario.person == Person.NOBODY
                        || (scenario.person == Person.NONSENSE && scenario.source == Source.BEARER));
    }

    private int expected(Scenario scenario) {
        if (mayPass(scenario)) {
            return 200;
        }
        int status = scenario.person == Person.CUSTOMER_IN_OUTAGE && !allow ? 503 : scenario.person.status;
        return status >= 401 && scenario.source.inABrowser() ? 303 : status;
    }

    /** Every method that is called between the container and the servlet and back, with the requests that pass it. */
    private Map<String, Set<Scenario>> ways(Site site) throws Exception {
        Map<String, Set<Scenario>> ways = new LinkedHashMap<>();
        for (int more = 0; !site.open() && more < 50; more++) {
            site.shut();
        }
        for (Scenario scenario : scenarios()) {
            Set<String> passed = Tripwire.record();
            Outcome outcome = site.send(scenario);
            for (int more = 0; more < 50 && outcome.status != expected(scenario); more++) {
                outcome = site.send(scenario);
            }
            Tripwire.stopRecording();
            if (outcome.status != expected(scenario) || outcome.strange != null) {
                complaints.put("without a fault " + scenario, outcome.toString());
            }
            for (String method : new TreeSet<>(passed)) {
                ways.computeIfAbsent(method, any -> new LinkedHashSet<>()).add(scenario);
            }
        }
        site.shut();
        return ways;
    }

    /** For each person one source, another one each time. */
    private static Collection<Scenario> some(Set<Scenario> scenarios, int turn) {
        Map<String, List<Scenario>> groups = new LinkedHashMap<>();
        for (Scenario scenario : scenarios) {
            groups.computeIfAbsent(scenario.person + " " + scenario.work, any -> new ArrayList<>())
                    .add(scenario);
        }
        return groups.values().stream()
                .map(group -> group.get(turn % group.size()))
                .toList();
    }

    private void fail(Site site, String method, Set<Scenario> scenarios, int turn) throws Exception {
        UsageStats before = site.tracker().stats();
        int served = -site.entered;
        int shift = turn;
        for (boolean inOutage : new boolean[] {false, true}) {
            for (Map.Entry<String, Supplier<Throwable>> fault : FAULTS.entrySet()) {
                for (Scenario scenario : everySource ? scenarios : some(scenarios, shift++)) {
                    if (scenario.person.inOutage() == inOutage) {
                        served += attempt(site, method, fault, scenario);
                    }
                }
            }
            if (!inOutage) {
                served += heals(site, method);
            }
        }
        served += site.entered;
        site.awaitRest();
        UsageStats after = site.tracker().stats();
        long bridged = after.unmetered() - before.unmetered();
        if (after.requestsInFlight() > 0 && !closing.contains(method)) {
            complaints.put("counted as running for ever: " + method, after.toString());
        }
        if (after.granted() - before.granted() + bridged < served) {
            complaints.put("served without being counted: " + method, served + " of them, " + after);
        }
        if (!allow && bridged > 0) {
            complaints.put("bridged although the policy is deny: " + method, after.toString());
        }
    }

    /** Returns 1 when somebody was let in who is to be counted. */
    private int attempt(Site site, String method, Map.Entry<String, Supplier<Throwable>> fault, Scenario scenario)
            throws Exception {
        tries++;
        Tripwire.arm(method, fault.getValue());
        Outcome outcome = site.send(scenario);
        Tripwire.disarm();
        String wrong = wrong(scenario, outcome);
        if (wrong != null) {
            complaints.putIfAbsent(wrong + ": " + method, outcome + " to " + scenario + ", " + fault.getKey());
        }
        return outcome.served && !mayPass(scenario) ? 1 : 0;
    }

    /** What is wrong with what somebody got while something failed; null for nothing. */
    private @Nullable String wrong(Scenario scenario, Outcome outcome) {
        if (outcome.strange != null) {
            return "a fault of ours reaches the host";
        }
        if (!outcome.served) {
            boolean usual = outcome.status == expected(scenario) && outcome.status != 200;
            boolean led = outcome.status == 303 && scenario.source.inABrowser();
            return usual || led || outcome.status == 503 ? null : "a strange refusal";
        }
        if (outcome.status != 200) {
            return "served, and the answer spoilt";
        }
        return mayPass(scenario) || scenario.person.isCustomer() ? null : "OPEN DOOR";
    }

    /** What failed and fails no more has left nothing behind. Returns how many were served. */
    private int heals(Site site, String method) throws Exception {
        long bridged = site.tracker().stats().unmetered();
        int served = 0;
        for (Person person : List.of(Person.CUSTOMER, Person.CUSTOMER_BEGINS)) {
            Scenario scenario = new Scenario(person, Source.HEADER, Work.ANSWER);
            Outcome outcome = site.send(scenario);
            // Where a fault was taken for a silent license server, the node asks again after up to 5 s.
            for (long end = System.nanoTime() + TO_HEAL_NANOS; outcome.status != 200 && System.nanoTime() < end; ) {
                Thread.sleep(TICK_MILLIS);
                outcome = site.send(scenario);
            }
            served += outcome.served ? 1 : 0;
            if (outcome.status != 200) {
                complaints.put("does not heal: " + method, outcome + " to " + person);
            }
        }
        if (site.tracker().stats().unmetered() != bridged) {
            complaints.put("does not heal: " + method, "let in unjudged");
        }
        return served;
    }

    /** A container without sockets, and one filter after the other in it. */
    private class Site implements AutoCloseable {

        final Server server = new Server(new QueuedThreadPool(12, 4));
        private final LocalConnector connector = new LocalConnector(server);
        private final ServletContextHandler context = new ServletContextHandler("");
        private volatile InMemoryLicenses licenses = new InMemoryLicenses();
        private volatile @Nullable UsageTracker tracker;
        private volatile @Nullable MeteringFilter filter;
        private String session = "none";
        private int strangers;
        private int entered;

        private volatile Work work = Work.ANSWER;
        private volatile @Nullable String login;
        private volatile boolean served;
        private volatile boolean deliberate;
        private volatile @Nullable Throwable strange;

        Site() throws Exception {
            FilterHolder place = new FilterHolder(this::outside);
            place.setAsyncSupported(true);
            context.addFilter(place, "/*", EnumSet.of(DispatcherType.REQUEST));
            context.addServlet(servlet(), "/*");
            server.addConnector(connector);
            server.setHandler(context);
            server.start();
        }

        final ServletHolder servlet() {
            ServletHolder servlet = new ServletHolder(new Web.HandlerServlet((request, response) -> {
                Tripwire.lookAway();
                served = true;
                try {
                    response.getWriter().print("served");
                    switch (work) {
                        case ANSWER -> {}
                        case ASYNC -> request.startAsync().complete();
                        case THROW -> throw new Deliberate();
                    }
                } finally {
                    Tripwire.watch();
                }
            }));
            servlet.setAsyncSupported(true);
            return servlet;
        }

        /** The first that a request meets, as the container would be. */
        private void outside(ServletRequest request, ServletResponse response, FilterChain chain) {
            Tripwire.watch();
            try {
                Objects.requireNonNull(filter).doFilter(request, response, chain);
            } catch (Deliberate e) {
                deliberate = true;
            } catch (Throwable e) {
                strange = e;
            } finally {
                if (work != Work.ASYNC) {
                    Tripwire.lookAway();
                }
            }
        }

        UsageTracker tracker() {
            return Objects.requireNonNull(tracker);
        }

        /**
         * A filter and a tracker, which know everybody that they may know.
         *
         * @return whether they do: on a busy machine the time-out, short for the faults' sake, may be over before an answer
         */
        boolean open() throws Exception {
            boolean everybody = true;
            InMemoryLicenses known = new InMemoryLicenses();
            licenses = known;
            MeteringConfig config = Web.config(settings);
            UsageTracker built = UsageTracker.builder(known, config).build();
            tracker = built;
            register(config, built);
            for (Person person : Person.values()) {
                if (person.isCustomer() || person == Person.USED_UP || person == Person.SUSPENDED) {
                    known.with(key(person), Duration.ofHours(1));
                    session = enter(LicenseKey.of(key(person)));
                    everybody &= !session.equals("none");
                }
            }
            enter(LicenseKey.of(key(Person.KNOWN_STRANGER)));
            session = enter(LicenseKey.of(key(Person.CUSTOMER)));
            refuse(Person.USED_UP, State.EXHAUSTED);
            refuse(Person.SUSPENDED, State.INACTIVE);
            return everybody;
        }

        void register(MeteringConfig config, UsageTracker built) throws Exception {
            MeteringFilter metering = MeteringFilter.builder()
                    .config(config)
                    .tracker(built)
                    .resolver(request -> Optional.ofNullable(login))
                    .build();
            metering.init(new Place(context.getServletContext()));
            filter = metering;
        }

        void unregister() throws Exception {
            Objects.requireNonNull(filter).destroy();
        }

        private String enter(LicenseRef license) {
            if (!(tracker().admit(license) instanceof Granted use)) {
                return "none";
            }
            use.close();
            entered++;
            return use.sessionId();
        }

        /** The methods that end a use. What cannot end it leaves that to {@code usage.request.limit}. */
        Set<String> closing() throws Exception {
            open();
            Granted use = (Granted) tracker().admit(key(Person.CUSTOMER));
            Set<String> names = Tripwire.record();
            Tripwire.watch();
            use.close();
            Tripwire.lookAway();
            Tripwire.stopRecording();
            shut();
            return names;
        }

        /** They were good customers, and are not any more. */
        private void refuse(Person person, State state) {
            LicenseKey key = LicenseKey.of(key(person));
            for (LicenseRef name : List.of(key, InMemoryLicenses.idOf(key(person)))) {
                String last = enter(name);
                licenses.refuse(key(person), state);
                tracker().endSession(last);
                enter(name);
            }
        }

        void shut() throws Exception {
            unregister();
            licenses.away.set(false);
            // What a fault has left unsettled is waited for in vain, too.
            UsageTracker left = tracker();
            Thread closing = new Thread(left::close, "closing");
            closing.setDaemon(true);
            closing.start();
        }

        private String key(Person person) {
            int number =
                    person == Person.STRANGER || person == Person.STRANGER_IN_OUTAGE ? strangers : person.ordinal();
            return "RL-AAAA2222-BBBB%04d-%08d".formatted(person.ordinal(), number);
        }

        /** Where the servlet completes on another thread, its end comes a moment later. */
        void awaitRest() {
            long deadline = System.nanoTime() + Duration.ofMillis(300).toNanos();
            while (tracker().stats().requestsInFlight() > 0 && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
        }

        /** Brings about what the person needs. */
        void prepare(Scenario scenario) {
            strangers++;
            if (scenario.person.inOutage()) {
                licenses.away.set(true);
            }
            if (scenario.person == Person.CUSTOMER_BEGINS || scenario.person == Person.CUSTOMER_IN_OUTAGE) {
                LicenseId id = InMemoryLicenses.idOf(key(scenario.person));
                for (LicenseRef name : List.of(LicenseKey.of(key(scenario.person)), id)) {
                    tracker().endSession(enter(name));
                }
            }
        }

        Outcome send(Scenario scenario) throws Exception {
            prepare(scenario);
            work = scenario.work;
            served = false;
            deliberate = false;
            strange = null;
            login = null;
            String answer;
            try {
                answer = connector.getResponse(text(scenario));
            } finally {
                Tripwire.lookAway();
            }
            if (served && deliberate != (scenario.work == Work.THROW)) {
                strange = new AssertionError("what the application throws is another thing");
            }
            int status = answer == null ? 0 : Integer.parseInt(answer.substring(9, 12));
            boolean whole = status != 200 || Objects.requireNonNull(answer).contains("served");
            return new Outcome(whole ? status : 0, served, strange);
        }

        private String text(Scenario scenario) {
            Person person = scenario.person;
            String key = switch (person) {
                case NOBODY -> "";
                case NONSENSE -> "RL-nonsense";
                default -> key(person);
            };
            boolean two = person == Person.TWO_KEYS;
            String other = key(Person.KNOWN_STRANGER);
            String query = two ? "?license_key=" + other : "";
            String headers = "";
            String body = "";
            switch (scenario.source) {
                case HEADER -> headers = "X-License-Key: " + key + "\r\n";
                case BEARER -> headers = "Authorization: Bearer " + key + "\r\n";
                case COOKIE -> headers = "Cookie: license=" + key + "\r\n";
                case QUERY -> query = "?license_key=" + key + (two ? "&license_key=" + other : "");
                case FORM -> {
                    query = "";
                    headers = "Content-Type: application/x-www-form-urlencoded\r\n";
                    body = "license_key=" + key + (two ? "&license_key=" + other : "");
                }
                case JSON -> {
                    query = "";
                    headers = "Content-Type: application/json\r\n";
                    body = "{\"license_key\":\"" + key + "\"" + (two ? ",\"license_key\":\"" + other + "\"" : "") + "}";
                }
                case RESOLVER_KEY -> login = key;
                case RESOLVER_ID ->
                    login = person == Person.NOBODY
                            ? ""
                            : person == Person.NONSENSE
                                    ? "lic_short"
                                    : InMemoryLicenses.idOf(key).value();
            }
            return (body.isEmpty() ? "GET" : "POST") + " /api/work" + query + " HTTP/1.1\r\nHost: localhost\r\n"
                    + "X-Session-ID: " + session + "\r\n" + headers
                    + "Accept: " + (scenario.source.inABrowser() ? "text/html" : "application/json") + "\r\n"
                    + "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length
                    + "\r\nConnection: close\r\n\r\n" + body;
        }

        @Override
        public void close() throws Exception {
            server.stop();
        }
    }

    /** The same container, which has everything but the servlet from {@code filter.paths}. */
    private final class PathsSite extends Site {

        private volatile @Nullable ServletContextHandler deployed;

        PathsSite() throws Exception {
            super();
        }

        @Override
        void register(MeteringConfig config, UsageTracker built) throws Exception {
            ServletContextHandler context = new ServletContextHandler("");
            context.addServlet(servlet(), "/*");
            context.addEventListener(new FilterPathsListener());
            context.getServletContext().setAttribute(MeteringFilter.CONFIG_ATTRIBUTE, config);
            context.getServletContext().setAttribute(MeteringFilter.TRACKER_ATTRIBUTE, built);
            Handler.Wrapper outside = new Handler.Wrapper(context) {
                @Override
                public boolean handle(Request request, Response response, Callback callback) throws Exception {
                    Tripwire.watch();
                    return super.handle(request, response, callback);
                }
            };
            server.stop();
            server.setHandler(outside);
            server.start();
            deployed = context;
        }

        @Override
        void unregister() throws Exception {
            Objects.requireNonNull(deployed).stop();
        }

        @Override
        Outcome send(Scenario scenario) throws Exception {
            Outcome outcome = super.send(scenario);
            boolean ours = outcome.status == 500 && outcome.strange == null;
            return ours ? new Outcome(500, outcome.served, new AssertionError("an error page")) : outcome;
        }
    }

    private record Place(ServletContext context) implements FilterConfig {

        @Override
        public String getFilterName() {
            return "metering";
        }

        @Override
        public ServletContext getServletContext() {
            return context;
        }

        @Override
        public @Nullable String getInitParameter(String name) {
            return null;
        }

        @Override
        public Enumeration<String> getInitParameterNames() {
            return Collections.emptyEnumeration();
        }
    }
}
