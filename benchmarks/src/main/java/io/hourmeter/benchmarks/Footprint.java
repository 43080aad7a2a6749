package io.hourmeter.benchmarks;

import io.github.bucket4j.Bucket;
import io.hourmeter.usage.UsageTracker;
import java.lang.ref.Reference;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/** What a session takes of the heap: the difference that many of them make, everything that is kept for them included. */
final class Footprint {

    /** The id of a lease is two numbers in the lease, not an object. */
    private static final double LEASE_ID_BYTES = 2 * Long.BYTES;

    private Footprint() {}

    static void run(Plan plan, Table table) {
        table.title("Memory, " + plan.many() + " sessions");
        Samples path = samples(plan, "path");
        Samples both = path.plus(Samples.of(List.of(LEASE_ID_BYTES)));
        table.hold("key text, map entry, in-flight count, both ids", both, " B", Table.Wanted.AT_MOST, 220);
        table.report("of it what requests touch: key text, map entry, gate with the session's id", path, " B");
        table.report("everything kept for a session, license and lease included", samples(plan, "hourmeter"), " B");
        table.report("a Bucket4j bucket in a map", samples(plan, "bucket4j"), " B");
    }

    private static Samples samples(Plan plan, String contestant) {
        // Once: memory has no spread.
        try (Child child =
                new Child(Footprint.class, Heap.flags(Heap.LARGE_MEGABYTES, plan.many()), contestant, plan.many())) {
            return Samples.of(List.of(child.number()));
        }
    }

    /** The child. */
    public static void main(String... arguments) {
        int sessions = Integer.parseInt(arguments[1]);
        double each;
        if (arguments[0].equals("hourmeter")) {
            UsageTracker tracker = Trackers.start();
            // What exists once is there before the difference begins.
            Trackers.open(tracker, Keys.text(sessions));
            each = bytesEach(sessions, () -> Trackers.openAll(tracker, sessions));
            Reference.reachabilityFence(tracker);
        } else if (arguments[0].equals("path")) {
            MeasuredNode node = new MeasuredNode(new GenerousLicenseClient());
            String[] keys = new String[sessions];
            for (int i = 0; i < sessions; i++) {
                keys[i] = Keys.text(i);
                node.open(keys[i]);
            }
            each = bytesEach(sessions, () -> node.layOut(keys));
            Reference.reachabilityFence(node);
        } else {
            ConcurrentHashMap<String, Bucket> buckets = new ConcurrentHashMap<>();
            buckets.put(Keys.text(sessions), Peers.bucket());
            each = bytesEach(sessions, () -> {
                for (int i = 0; i < sessions; i++) {
                    buckets.put(Keys.text(i), Peers.bucket());
                }
            });
            Reference.reachabilityFence(buckets);
        }
        Child.answerAndEnd(each);
    }

    private static double bytesEach(int sessions, Runnable open) {
        long before = Heap.used();
        open.run();
        return (Heap.used() - before) / (double) sessions;
    }
}
