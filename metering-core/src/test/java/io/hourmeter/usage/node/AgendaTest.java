package io.hourmeter.usage.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The agenda beside a sorted set, and the roster beside a list. */
class AgendaTest {

    private static final long SEED = 20261123L;
    private static final KnownLicense LICENSE = new KnownLicense(new KeyHash(1, 2, 3, 4));
    private static final int STEPS = 50_000;

    private final SplittableRandom random = new SplittableRandom(SEED);

    private static Lease lease(long serial) {
        return new Lease(serial, new UUID(0, serial), LICENSE, "", new SessionId(0, 0, serial), null, 0, true);
    }

    @Test
    void theFirstIsAlwaysTheOneThatIsDueFirst() {
        Agenda agenda = new Agenda();
        TreeSet<Lease> sorted = new TreeSet<>(
                Comparator.comparingLong((Lease lease) -> lease.dueAt).thenComparingLong(lease -> lease.serial));
        List<Lease> all = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            Lease first = agenda.first();
            assertThat(first).as("seed %d, step %d", SEED, i).isSameAs(sorted.isEmpty() ? null : sorted.first());
            int choice = random.nextInt(10);
            if (all.isEmpty() || choice < 4) {
                Lease fresh = lease(i);
                all.add(fresh);
                fresh.dueAt = random.nextLong(50);
                agenda.add(fresh);
                sorted.add(fresh);
            } else if (choice < 6 && first != null) {
                agenda.remove(first);
                sorted.remove(first);
                all.remove(first);
            } else {
                Lease some = all.get(random.nextInt(all.size()));
                agenda.remove(some);
                sorted.remove(some);
                if (choice < 8) {
                    some.dueAt = random.nextLong(50);
                    agenda.add(some);
                    sorted.add(some);
                } else {
                    agenda.remove(some);
                    all.remove(some);
                }
            }
        }
    }

    @Test
    void aRosterHoldsWhatWasAddedAndNotRemovedHoweverOften() {
        Roster<Lease> roster = new Roster<>();
        List<Lease> all = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            if (all.isEmpty() || random.nextInt(100) < 52) {
                Lease fresh = lease(i);
                all.add(fresh);
                roster.add(fresh);
            } else {
                Lease some = all.remove(random.nextInt(all.size()));
                roster.remove(some);
                roster.remove(some);
            }
            assertThat(roster.size()).isEqualTo(all.size());
        }
        assertThat(roster.snapshot()).as("seed %d", SEED).containsExactlyInAnyOrderElementsOf(all);
    }
}
