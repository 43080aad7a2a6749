package io.hourmeter.tests.simulation;

import io.hourmeter.Billing;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.usage.node.NodeProbe;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Those who use the licenses: they come at random moments, to any node, and remember their session as browsers do. */
final class Customers {

    /**
     * One request.
     *
     * @param license whose
     * @param named how it names the license: by a key, or by its id where the application has a log-in of its own
     * @param session the session it brings, or null
     * @param millis how long it takes
     * @param endless whether it never ends by itself
     */
    record Visit(
            LicenseId license, LicenseRef named, @Nullable String session, long millis, boolean endless) {

        /** As messages and the journal have it. */
        String credential() {
            return NodeProbe.credential(named);
        }

        @Override
        public String toString() {
            String brings = session == null ? "" : ", session " + TraceText.shortOf(session);
            return "a request of " + license + " (" + named + brings
                    + (endless ? ") without end" : ") of " + millis + " ms");
        }
    }

    /** What only the customers know: their keys; and the sessions that their browsers have, under keys and under the id. */
    private static final class Wallet {
        final List<LicenseKey> keys = new ArrayList<>();
        final List<String> keySessions = new ArrayList<>();
        final List<String> idSessions = new ArrayList<>();

        List<String> sessions(LicenseRef named) {
            return named instanceof LicenseKey ? keySessions : idSessions;
        }
    }

    private final World world;
    private final SplittableRandom random;
    private final Map<LicenseId, Wallet> wallets = new HashMap<>();
    /** In a calm world: by license and scope. */
    private final Map<String, Truth> truths = new HashMap<>();

    private final Map<Visit, Long> since = new java.util.IdentityHashMap<>();

    int refusedByNodes;
    int refusedByServer;
    private long lastRequestAt;

    Customers(World world) {
        this.world = world;
        this.random = world.random.split();
    }

    void own(LicenseId license, LicenseKey key) {
        wallets.computeIfAbsent(license, id -> new Wallet()).keys.add(key);
    }

    private Wallet wallet(LicenseId license) {
        Wallet wallet = wallets.get(license);
        if (wallet == null) {
            throw new AssertionError("nobody owns " + license);
        }
        return wallet;
    }

    LicenseKey newestKey(LicenseId license) {
        List<LicenseKey> keys = wallet(license).keys;
        return keys.get(keys.size() - 1);
    }

    /** The pause before the next request. */
    long pause() {
        long unit = world.plan.unitMillis();
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> random.nextLong(unit / 10 + 1);
            case 2, 3 -> random.nextLong(unit);
            case 4 -> random.nextLong(2 * unit);
            default -> random.nextLong(world.plan.gapMillis() * 2 + 2 * unit);
        };
    }

    /** Somebody comes. */
    void come() {
        LicenseId license = world.licenses.get(random.nextInt(world.licenses.size()));
        Wallet wallet = wallet(license);
        List<LicenseKey> keys = wallet.keys;
        // Some go on with the key that was rotated out.
        LicenseKey key = keys.get(random.nextInt(3) == 0 ? random.nextInt(keys.size()) : keys.size() - 1);
        LicenseRef named = random.nextInt(3) == 0 ? license : key;
        List<String> sessions = wallet.sessions(named);
        String session = null;
        if (world.plan.settings().billing() == Billing.SESSION && !sessions.isEmpty() && random.nextInt(4) > 0) {
            int recent = Math.min(3, sessions.size());
            session = sessions.get(sessions.size() - 1 - random.nextInt(recent));
        }
        boolean endless = world.plan.has(FaultPlan.Trouble.ENDLESS) && random.nextInt(20) == 0;
        long unit = world.plan.unitMillis();
        long millis = random.nextInt(4) == 0 ? random.nextLong(6 * unit) : random.nextLong(unit / 5 + 1);
        visit(new Visit(license, named, session, millis, endless), random.nextInt(world.nodes.size()));
    }

    void visit(Visit visit, int node) {
        lastRequestAt = world.agenda.now();
        NodeProcess process = world.nodes.get(node).process;
        if (process != null) {
            since.put(visit, world.agenda.now());
            process.requests.arrive(visit);
        }
    }

    private Truth truth(Visit visit, String session) {
        boolean perLicense = world.plan.settings().billing() == Billing.LICENSE;
        return truths.computeIfAbsent(visit.license + (perLicense ? "" : session), any -> new Truth());
    }

    void served(Visit visit, String session) {
        List<String> sessions = wallet(visit.license).sessions(visit.named);
        if (!sessions.contains(session)) {
            sessions.add(session);
        }
    }

    void ended(Visit visit, String session) {
        Long from = since.remove(visit);
        if (from != null) {
            long most = from + world.plan.settings().requestLimitMillis();
            truth(visit, session).active(from, Math.min(most, world.agenda.now()));
        }
    }

    void refused(Visit visit, boolean byServer, boolean asked) {
        since.remove(visit);
        if (byServer) {
            refusedByServer++;
        } else {
            refusedByNodes++;
        }
        String session = visit.session();
        if (session == null && world.plan.settings().billing() == Billing.SESSION) {
            return;
        }
        Truth truth = truth(visit, String.valueOf(session));
        if (byServer) {
            truth.refusedByServer(world.agenda.now());
        } else {
            truth.refusedByNode(world.agenda.now(), asked);
        }
    }

    /** Over all scopes of a license. */
    long sum(LicenseId license, java.util.function.ToLongFunction<Truth> measure) {
        return truths.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(license.value()))
                .mapToLong(entry -> measure.applyAsLong(entry.getValue()))
                .sum();
    }

    long lastRequestAt() {
        return lastRequestAt;
    }
}
