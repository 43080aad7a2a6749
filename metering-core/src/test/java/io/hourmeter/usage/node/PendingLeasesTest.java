package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PendingLeasesTest {

    private static final long SECOND = SECONDS.toNanos(1);

    private final PendingLeases pendingLeases = new PendingLeases();
    private final List<PendingLease> underWay = new ArrayList<>();
    /** What a pending lease is for matters to others. */
    private final Session session = session();

    private final Lease lease = new Lease(1, new UUID(0, 1), session.license, "", session.id(), session, 0, false);

    private static Session session() {
        LicenseKey key = LicenseKey.of("RL-0123ABCD-EFGH4567-JKMN89PQ");
        NodeHub hub = new NodeHub(0, Optional.empty());
        SessionId id = new SessionIds(new Random(1)).create(key);
        return new Session(hub, new KnownLicense(Credential.of(key)), "", id, 0);
    }

    private PendingLease pending(boolean good, String address) {
        return new PendingLease(session, lease, good, address);
    }

    /** As {@link Scopes} does it; false when there is no room. */
    private boolean add(boolean good, String address) {
        if (!pendingLeases.hasRoom(good, address)) {
            return false;
        }
        PendingLease pushedOut = pendingLeases.add(pending(good, address));
        if (pushedOut != null) {
            assertThat(pushedOut.place).isEqualTo(PendingLease.Place.WAITING);
            pendingLeases.end(pushedOut);
        }
        take();
        return true;
    }

    private void take() {
        for (PendingLease next = pendingLeases.next(); next != null; next = pendingLeases.next()) {
            underWay.add(next);
        }
    }

    @Test
    void addressesHaveTheirTurnOneAfterTheOther() {
        for (int i = 0; i < PendingLeases.MOST - PendingLeases.KEPT; i++) {
            add(false, "");
        }
        List<PendingLease> first = List.copyOf(underWay);
        underWay.clear();
        for (String address : List.of("a", "a", "a", "b", "c", "b")) {
            add(false, address);
        }
        for (int i = 0; i < 6; i++) {
            pendingLeases.end(first.get(i));
            take();
        }
        assertThat(underWay).extracting(pending -> pending.address).containsExactly("a", "b", "c", "a", "b", "a");
    }

    @Test
    void whoHasMostWaitingMakesRoomForTheOthersAndNotForItself() {
        int taken = 0;
        while (add(false, "a")) {
            taken++;
        }
        assertThat(taken).isEqualTo(PendingLeases.MOST_OF_ADDRESS + PendingLeases.MOST_WAITING);
        while (add(false, "")) {
            // What is left of the places.
        }
        assertThat(add(false, "b")).isTrue();
        assertThat(pendingLeases.waiting()).isEqualTo(PendingLeases.MOST_WAITING);
        assertThat(add(false, "a")).isFalse();
        for (int i = 0; i < 2 * PendingLeases.MOST; i++) {
            assertThat(add(true, "a")).as("a license seen good").isTrue();
        }
        assertThat(pendingLeases.waiting()).isEqualTo(PendingLeases.MOST_WAITING);
    }

    @Test
    void licensesSeenGoodComeFirst() {
        for (int i = 0; i < 100; i++) {
            add(false, "");
        }
        for (int i = 0; i < 100; i++) {
            add(true, "a");
        }
        assertThat(underWay).filteredOn(pending -> pending.good).hasSize(PendingLeases.KEPT);
        pendingLeases.end(underWay.remove(0));
        take();
        assertThat(underWay).filteredOn(pending -> pending.good).hasSize(PendingLeases.KEPT + 1);
    }

    @Test
    void asManyWaitAsAreAskedWithinThePatience() {
        for (int i = 0; i < 100; i++) {
            pendingLeases.took(SECOND);
        }
        int taken = 0;
        while (add(false, "a" + taken)) {
            taken++;
        }
        assertThat(taken).isEqualTo(PendingLeases.MOST - PendingLeases.KEPT + PendingLeases.MOST / 2);
        for (int i = 0; i < 100; i++) {
            pendingLeases.took(VirtualTicker.NANOS_PER_MILLI);
        }
        assertThat(pendingLeases.hasRoom(false, "b")).as("fast again").isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void boundsHoldAndNothingIsLostWhateverHappens(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<PendingLease> all = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            switch (random.nextInt(3)) {
                case 0, 1 -> {
                    boolean good = random.nextInt(4) == 0;
                    String address = random.nextInt(10) == 0 ? "" : "a" + random.nextInt(1 + random.nextInt(20));
                    if (pendingLeases.hasRoom(good, address)) {
                        PendingLease added = pending(good, address);
                        PendingLease pushedOut = pendingLeases.add(added);
                        all.add(added);
                        if (pushedOut != null) {
                            assertThat(pushedOut.good).isFalse();
                            pendingLeases.end(pushedOut);
                            all.remove(pushedOut);
                        }
                        take();
                    }
                }
                default -> {
                    if (!all.isEmpty()) {
                        PendingLease one = all.remove(random.nextInt(all.size()));
                        pendingLeases.end(one);
                        underWay.remove(one);
                        pendingLeases.took(random.nextLong(SECOND));
                        take();
                    }
                }
            }
            check();
        }
        while (!all.isEmpty()) {
            take();
            check();
            assertThat(underWay).as("somebody has its turn").isNotEmpty();
            PendingLease one = underWay.remove(0);
            all.remove(one);
            pendingLeases.end(one);
        }
        assertThat(pendingLeases.underWay()).isZero();
        assertThat(pendingLeases.waiting()).isZero();
        assertThat(pendingLeases.anyWaiting()).isNull();
    }

    private void check() {
        assertThat(pendingLeases.underWay()).isEqualTo(underWay.size()).isLessThanOrEqualTo(PendingLeases.MOST);
        assertThat(pendingLeases.waiting()).isBetween(0, PendingLeases.MOST_WAITING);
        Map<String, Integer> strangers = new HashMap<>();
        underWay.stream()
                .filter(pending -> !pending.good)
                .forEach(pending -> strangers.merge(pending.address, 1, Integer::sum));
        assertThat(strangers.values().stream().mapToInt(count -> count).sum())
                .isLessThanOrEqualTo(PendingLeases.MOST - PendingLeases.KEPT);
        strangers.remove("");
        assertThat(strangers.values()).allMatch(count -> count <= PendingLeases.MOST_OF_ADDRESS);
    }
}
